import { bilingual } from "../store/language.ts";

export const benchWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
