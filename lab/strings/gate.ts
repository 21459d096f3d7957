import { bilingual } from "../store/language.ts";

export const gateWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
