import { bilingual } from "../store/language.ts";

export const sessionWords = bilingual({
  en: {
    recovered: "The GPU went away and came back. The network and the picture were loaded again.",
    lostAgain: "The GPU went away twice in a short time. Reload the page; if it happens again, restart the browser.",
    tooLarge: (why: string, wanted: string) =>
      `This network and picture need more memory than the GPU gives (${wanted} were asked for so far). Close other pages that use the GPU, or choose a smaller network or picture. What the engine says: ${why}`,
    dropHere: "Drop a picture or a network anywhere",
    neither: (names: string) =>
      `${names}: neither a picture nor a network. Pictures: PNG, JPEG and what the browser shows. Networks: .keras, .h5, .safetensors, or model.json together with its .bin files.`,
  },
  ko: {
    recovered: "GPU 연결이 끊겼다가 돌아왔습니다. 모델과 사진을 다시 불러왔습니다.",
    lostAgain:
      "짧은 시간에 GPU 연결이 두 번 끊겼습니다. 페이지를 새로 고치고, 다시 발생하면 브라우저를 다시 시작하세요.",
    tooLarge: (why: string, wanted: string) =>
      `이 모델과 사진에는 GPU가 줄 수 있는 것보다 많은 메모리가 필요합니다(지금까지 ${wanted} 요청). GPU를 쓰는 다른 페이지를 닫거나, 더 작은 모델이나 사진을 골라 보세요. 엔진의 메시지: ${why}`,
    dropHere: "사진이나 모델 파일을 아무 곳에나 놓으세요",
    neither: (names: string) =>
      `${names}: 사진도 모델도 아닙니다. 사진은 PNG, JPEG 등 브라우저가 보여 줄 수 있는 형식을, 모델은 .keras, .h5, .safetensors 또는 model.json과 그 .bin 파일들을 함께 열 수 있습니다.`,
  },
});
