import { bilingual } from "../store/language.ts";

export const compareWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
