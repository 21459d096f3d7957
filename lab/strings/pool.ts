import { bilingual } from "../store/language.ts";

export const poolWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
