import { bilingual } from "../store/language.ts";

export const lessonsWords = bilingual({
  en: {
    lead: "",
  },
  ko: {
    lead: "",
  },
});
