import { bilingual } from "../store/language.ts";

export const seedWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
