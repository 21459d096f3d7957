import { bilingual } from "../store/language.ts";

export const sanityWords = bilingual({
  en: {
    lead: "A map that explains what a network has learnt must change when the network forgets it. From the last layer to the first, the weights are replaced by random ones; watch which map notices.",
    again: (draw: number) => `Other random weights (draw ${draw})`,
    methods: { guided: "Guided backprop", gradcam: "Grad-CAM" },
    trained: "as trained",
    working: (done: number, total: number) => `Map ${done} of ${total}`,
    cancel: "Cancel",
    start: "Start",
    offer: (maps: number, layers: number) =>
      `${maps} maps, each of a network with other random weights (${layers} layers have weights). On a slow GPU that takes a while.`,
    openDigits: "Take the digits network, which is quick",
    untouched: "The network itself is not touched: every step runs the recorded operations with weights of its own.",
    likeness: "How like the trained network's map?",
    measure: "Measured by",
    measures: {
      ssim: "structural similarity",
      rankCorrelation: "rank correlation",
      absoluteRankCorrelation: "rank correlation of magnitudes",
    },
    measureSays: {
      ssim: "Of the maps as they are shown, at the picture's size, guided backprop by its magnitudes: 1 is the same picture, 0 has nothing in common with it.",
      rankCorrelation: "Spearman's correlation of the maps' own values, with their signs: 0 is chance.",
      absoluteRankCorrelation:
        "Spearman's correlation of the magnitudes: whether the same places matter, whatever the sign.",
    },
    depth: "layers with random weights, from the last; 0: as trained",
    plot: (measure: string) => `${measure} to the trained network's map, by how many layers are random`,
    randomFrom: "Random from the end down to",
    means: (guided: string, gradcam: string) =>
      `Over all depths the structural similarity is ${guided} for guided backprop and ${gradcam} for Grad-CAM on average.`,
    guidedStays:
      "Guided backprop goes on showing much the same picture though the network has forgotten the classes: what it shows is the picture's outlines more than what was learnt. Grad-CAM notices.",
    guidedGoes:
      "Here guided backprop does not stay closer than Grad-CAM: one picture and one draw prove nothing. Take other random weights, another picture, or the larger network, and compare several.",
    question: "Does a map that passes this check tell the truth?",
    answer:
      "No: passing is needed, not enough. A map could depend on every weight and still point at the wrong place; for that there is “Erase and ask”. But a map that fails, one that looks the same for a network that knows nothing, cannot be an explanation of what the network knows, however sharp it is (Adebayo et al. 2018).",
  },
  ko: {
    lead: "모델이 배운 것을 설명하는 맵이라면, 모델이 그것을 잊었을 때 달라져야 합니다. 마지막 층에서 첫 층까지 가중치를 차례로 무작위 값으로 바꿉니다. 어느 맵이 알아차리는지 살펴보세요.",
    again: (draw: number) => `다른 무작위 가중치 (${draw}번)`,
    methods: { guided: "유도 역전파", gradcam: "Grad-CAM" },
    trained: "학습된 그대로",
    working: (done: number, total: number) => `맵 ${total}개 중 ${done}개`,
    cancel: "취소",
    start: "시작",
    offer: (maps: number, layers: number) =>
      `무작위 가중치를 바꾸어 가며 맵 ${maps}개를 만듭니다 (가중치가 있는 층은 ${layers}개). 느린 GPU에서는 시간이 걸립니다.`,
    openDigits: "빠른 숫자 모델로 해 보기",
    untouched: "모델 자체는 바뀌지 않습니다. 단계마다 기록된 연산을 따로 만든 가중치로 다시 실행합니다.",
    likeness: "학습된 모델의 맵과 얼마나 비슷할까요?",
    measure: "재는 방법",
    measures: {
      ssim: "구조적 유사도",
      rankCorrelation: "순위 상관",
      absoluteRankCorrelation: "크기의 순위 상관",
    },
    measureSays: {
      ssim: "화면에 보이는 맵을 사진 크기에서 비교합니다. 유도 역전파는 크기(절댓값)로 비교합니다. 1은 같은 그림, 0은 공통점이 없는 그림입니다.",
      rankCorrelation: "맵의 원래 값을 부호까지 포함해 비교한 스피어만 상관입니다. 0은 우연한 수준입니다.",
      absoluteRankCorrelation: "절댓값의 스피어만 상관입니다. 부호와 관계없이 같은 자리가 중요한지를 봅니다.",
    },
    depth: "끝에서부터 무작위로 바꾼 층의 수 (0: 학습된 그대로)",
    plot: (measure: string) => `무작위로 바꾼 층의 수에 따른 ${measure}`,
    randomFrom: "끝에서 이 층까지 무작위",
    means: (guided: string, gradcam: string) =>
      `모든 단계의 구조적 유사도를 평균하면 유도 역전파는 ${guided}, Grad-CAM은 ${gradcam}입니다.`,
    guidedStays:
      "모델이 클래스를 잊었는데도 유도 역전파는 거의 같은 그림을 보여 줍니다. 배운 것보다는 사진의 윤곽을 보여 주기 때문입니다. Grad-CAM은 알아차립니다.",
    guidedGoes:
      "여기서는 유도 역전파가 Grad-CAM보다 더 비슷하게 남지 않았습니다. 사진 한 장, 무작위 한 번으로는 아무것도 증명하지 못합니다. 다른 무작위 가중치, 다른 사진, 더 큰 모델로 여러 번 비교해 보세요.",
    question: "이 검사를 통과한 맵은 진실을 말하는 것일까요?",
    answer:
      "아닙니다. 통과는 필요조건일 뿐 충분조건이 아닙니다. 모든 가중치에 따라 달라지면서도 엉뚱한 곳을 가리키는 맵이 있을 수 있습니다. 그것은 ‘지우고 묻기’에서 확인합니다. 하지만 통과하지 못한 맵, 곧 아무것도 모르는 모델에서도 똑같아 보이는 맵은 아무리 또렷해도 모델이 아는 것에 대한 설명이 될 수 없습니다 (Adebayo 등, 2018).",
  },
});
