import { bilingual } from "../store/language.ts";

export const camWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
