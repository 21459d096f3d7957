import { effect, signal } from "@preact/signals";
import { remember, remembered } from "./settings.ts";

/** Languages of the lab. Each view's words lie in lab/strings, both languages side by side. */
export const languages = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof languages;

function first(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? remembered("language") ?? navigator.language;
  return asked.startsWith("ko") ? "ko" : "en";
}

export const language = signal<Language>(first());

effect(() => {
  document.documentElement.lang = language.value;
  remember("language", language.value);
});

/** Words of one part of the lab. Read them within a component, which is then drawn anew when the language changes. */
export function bilingual<Words extends object>(words: Readonly<Record<Language, Words>>): () => Words {
  return () => words[language.value];
}
