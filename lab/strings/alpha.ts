import { bilingual } from "../store/language.ts";

export const alphaWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
