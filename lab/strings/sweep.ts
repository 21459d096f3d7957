import { bilingual } from "../store/language.ts";

export const sweepWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
