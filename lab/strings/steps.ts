import { bilingual } from "../store/language.ts";

export const stepsWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
