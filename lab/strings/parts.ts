import { bilingual } from "../store/language.ts";

export const channelsWords = bilingual({
  en: {
    channel: (index: number) => `channel ${index}`,
    more: (count: number) => `Show more (${count} left)`,
  },
  ko: {
    channel: (index: number) => `채널 ${index}`,
    more: (count: number) => `더 보기 (${count}개 남음)`,
  },
});

export const downloadWords = bilingual({
  en: { making: "Making the file" },
  ko: { making: "파일을 만드는 중" },
});

export const pickerWords = bilingual({
  en: {
    class: "Class",
    against: "against",
    layer: "Layer",
    seed: "Explain",
    seeds: { logit: "logit", probability: "probability", difference: "difference", negative: "minus the logit" },
  },
  ko: {
    class: "클래스",
    against: "비교 대상",
    layer: "층",
    seed: "설명할 값",
    seeds: { logit: "로짓", probability: "확률", difference: "로짓의 차", negative: "음의 로짓" },
  },
});

export const resultWords = bilingual({
  en: { working: "Computing", empty: "The map is empty: the layer holds no evidence for this." },
  ko: { working: "계산 중", empty: "맵이 비어 있습니다: 이 층에는 이에 대한 근거가 없습니다." },
});
