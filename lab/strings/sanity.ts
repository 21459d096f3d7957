import { bilingual } from "../store/language.ts";

export const sanityWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
