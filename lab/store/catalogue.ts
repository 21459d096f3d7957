import { bilingual } from "./language.ts";

// What the lab brings with it: networks and pictures, as files beside the page.

interface BuiltIn {
  readonly file: string;
  /** Its first sample. */
  readonly picture: SampleName;
  readonly kind: "photo" | "digit";
}

/** The networks that come with the page, by the name that addresses use. */
export const builtInModels = {
  "efficientnet-lite0": { file: "weights/efficientnet-lite0.safetensors", picture: "cat-and-coffee", kind: "photo" },
  mnist: { file: "weights/mnist/dense.safetensors", picture: "seven", kind: "digit" },
  "mnist-gap": { file: "weights/mnist/gap.safetensors", picture: "seven", kind: "digit" },
} as const satisfies Record<string, BuiltIn>;

export type ModelName = keyof typeof builtInModels;

export const samples = {
  "cat-and-coffee": { file: "weights/samples/cat-and-coffee.jpg", kind: "photo" },
  cat: { file: "weights/samples/cat.jpg", kind: "photo" },
  coffee: { file: "weights/samples/coffee.jpg", kind: "photo" },
  astronaut: { file: "weights/samples/astronaut.jpg", kind: "photo" },
  rocket: { file: "weights/samples/rocket.jpg", kind: "photo" },
  one: { file: "samples/one.png", kind: "digit" },
  seven: { file: "samples/seven.png", kind: "digit" },
  nine: { file: "samples/nine.png", kind: "digit" },
} as const;

export type SampleName = keyof typeof samples;

export const modelNames = Object.keys(builtInModels) as readonly ModelName[];

export function isModelName(name: string | undefined): name is ModelName {
  return name !== undefined && Object.hasOwn(builtInModels, name);
}

export function isSampleName(name: string | undefined): name is SampleName {
  return name !== undefined && Object.hasOwn(samples, name);
}

/** What readers call them. */
export const catalogueWords = bilingual({
  en: {
    models: {
      "efficientnet-lite0": "EfficientNet-Lite0 (photos, 1000 classes)",
      mnist: "digits, with dense layers",
      "mnist-gap": "digits, with global average pooling",
    },
    samples: {
      "cat-and-coffee": "a cat and a cup",
      cat: "a cat",
      coffee: "a cup",
      astronaut: "an astronaut",
      rocket: "a rocket",
      one: "a 1",
      seven: "a 7",
      nine: "a 9",
    },
  },
  ko: {
    models: {
      "efficientnet-lite0": "EfficientNet-Lite0 (사진, 1000개 클래스)",
      mnist: "숫자, 완전연결층",
      "mnist-gap": "숫자, 전역 평균 풀링",
    },
    samples: {
      "cat-and-coffee": "고양이와 컵",
      cat: "고양이",
      coffee: "커피잔",
      astronaut: "우주비행사",
      rocket: "로켓",
      one: "숫자 1",
      seven: "숫자 7",
      nine: "숫자 9",
    },
  },
});
