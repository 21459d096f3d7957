import { bilingual } from "../store/language.ts";

export const eraseWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
