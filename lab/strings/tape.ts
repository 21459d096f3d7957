import { bilingual } from "../store/language.ts";

export const tapeWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
