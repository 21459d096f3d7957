import { bilingual } from "../store/language.ts";

export const valuesWords = bilingual({
  en: {
    all: "All values, the largest in size first:",
    largest: (some: number, all: number) => `The ${some} values of largest size, of ${all}:`,
  },
  ko: {
    all: "모든 값 (절댓값이 큰 순서):",
    largest: (some: number, all: number) => `값 ${all}개 중 절댓값이 가장 큰 ${some}개:`,
  },
});

export const factsWords = bilingual({
  en: {
    norm: "Norm",
    mean: "Mean",
    min: "Least",
    max: "Greatest",
    positive: "Above 0",
    negative: "Below 0",
    zero: "Exactly 0",
  },
  ko: {
    norm: "노름",
    mean: "평균",
    min: "최솟값",
    max: "최댓값",
    positive: "0보다 큼",
    negative: "0보다 작음",
    zero: "정확히 0",
  },
});
