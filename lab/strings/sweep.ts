import { bilingual } from "../store/language.ts";

export const sweepWords = bilingual({
  en: {
    lead: "One walk back gives the gradient at every layer. Go from the first layer to the last: early maps are fine and follow edges, late maps are coarse and follow meaning.",
    layer: "Layer",
    place: (at: number, count: number) => `${at} of ${count}`,
    strip: "Grad-CAM at every layer, from the first to the last; the arrow keys go along",
    frame: (at: number, name: string) => `Layer ${at}, ${name}`,
    size: "Size of the map",
    channels: "Channels",
    range: "Raw values",
    alpha: "Weights of the channels",
    empty: "empty: no positive value",
    download: "Download as an animation (PNG)",
    question: "Which maps could you show to somebody as an explanation, and why is it seldom the first?",
    answer:
      'Grad-CAM gives each channel one weight: the gradient\'s mean over all positions. Late in the network a channel means much the same thing wherever it is found, so one weight does it justice. An early channel says "an edge here", which may speak for the class at one place and against it at another; the mean washes that out, and what remains shows edges rather than reasons.',
  },
  ko: {
    lead: "역전파 한 번으로 모든 층의 그래디언트를 얻습니다. 첫 층에서 마지막 층까지 옮겨 가며 보세요. 앞쪽 맵은 세밀하고 윤곽선을 따르며, 뒤쪽 맵은 거칠지만 의미를 따릅니다.",
    layer: "층",
    place: (at: number, count: number) => `${count}개 중 ${at}번째`,
    strip: "첫 층부터 마지막 층까지의 Grad-CAM, 화살표 키로 옮겨 갈 수 있습니다",
    frame: (at: number, name: string) => `${at}번째 층, ${name}`,
    size: "맵의 크기",
    channels: "채널",
    range: "원시 값",
    alpha: "채널의 가중치",
    empty: "비어 있음: 양수 값이 없습니다",
    download: "애니메이션(PNG)으로 내려받기",
    question: "어떤 층의 맵을 설명으로 내세울 수 있을까요? 왜 첫 층은 알맞지 않을까요?",
    answer:
      'Grad-CAM은 채널마다 가중치를 하나만 줍니다. 모든 위치에 대한 그래디언트의 평균입니다. 네트워크 뒤쪽의 채널은 어디에서 발견되든 뜻이 거의 같아서 가중치 하나로 충분합니다. 앞쪽 채널은 "여기에 윤곽선이 있다"는 정도만 말하는데, 그것이 어떤 위치에서는 클래스를 지지하고 다른 위치에서는 반대할 수 있습니다. 평균을 내면 이 차이가 사라지고, 근거가 아니라 윤곽선만 남습니다.',
  },
});
