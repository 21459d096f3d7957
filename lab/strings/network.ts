import { bilingual } from "../store/language.ts";

export const networkWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
