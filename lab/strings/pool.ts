import { bilingual } from "../store/language.ts";

interface Part {
  readonly row: number;
  readonly column: number;
  readonly width: number;
  readonly height: number;
}

export const poolWords = bilingual({
  en: {
    lead: "A max pool keeps one number of each window, and on the way back it hands the whole gradient to the place that number came from. Average pooling shares it out alike.",
    maxPool: "Max pool: a switch in every window",
    noPool: (model: string) =>
      `${model} has no max pool: it makes its maps smaller by convolutions that step over pixels. The digits network has some.`,
    openDigits: "Open the digits network",
    pool: "Max pool",
    channel: "Channel",
    chosen: (row: number, column: number, value: string) =>
      `What comes back, dy: window in row ${row}, column ${column}: ${value}. Choose another with the arrow keys.`,
    dyMap: "dy, what comes back: one number for each window. Click one, or move by the arrow keys.",
    xMap: "x, what the pool was given",
    dxMap: "dx, what goes on: one place in each window",
    relaxedMap: "dx relaxed: alike to all of a window",
    window: (row: number, column: number, part: Part) =>
      `Window ${row}, ${column}: rows ${part.row} to ${part.row + part.height - 1}, columns ${part.column} to ${part.column + part.width - 1} of x`,
    given: "x (framed: the largest)",
    arriving: "dy",
    back: "dx",
    shared: "dx relaxed",
    sums: (dy: string, dx: string, relaxed: string) =>
      `In this channel dy adds up to ${dy}, dx to ${dx}, relaxed dx to ${relaxed}: pooling moves the gradient, and loses none.`,
    reached: (passed: number, all: number) => `Of ${all} places ${passed} get something in dx.`,
    switchQuestion: "If the second-largest x of the window were raised a little, would the class score change?",
    switchAnswer:
      "No, as long as it stays below the largest: the pool does not hand it on. That is what dx = 0 says there. The places that won are the “switches” of deconvnet, which had to be remembered on the way forward; a gradient has them by itself. Raised above the largest, it would take over at once: the gradient jumps from one pixel to its neighbour.",
    relaxed: "Relaxed: the picture's gradient without the jumps",
    relaxedLead:
      "Left the gradient at the picture as it is; right with every max pool sharing its gradient out over the window, as an average pool does. The jumps between neighbours go, and so does where exactly it looked.",
    truePool: "True max pools",
    relaxedPool: "Relaxed max pools",
    global: "Global pools: spread or spike",
    globalLead:
      "Pool one whole map of the chosen layer to a single number y, on these very features, and send dy = 1 back.",
    features: "A, the layer's map",
    spread: "Back through the average",
    spike: "Back through the maximum",
    mean: (y: string, cells: number, each: string) =>
      `y = ${y}, the mean of ${cells} cells. Each gets dy / ${cells} = ${each}.`,
    max: (y: string, tied: number, each: string) =>
      tied === 1
        ? `y = ${y}, the largest. Its cell gets ${each}, all others 0.`
        : `y = ${y}, the largest, which ${tied} cells tie for. Each of them gets 1 / ${tied} = ${each}, all others 0.`,
    globalQuestion: "Why does a network that ends in global average pooling make Grad-CAM's weights so simple?",
    globalAnswer:
      "Because the gradient that reaches a channel is one number, spread evenly: the class's weight w divided by the number of cells Z. Its mean over the cells, Grad-CAM's alpha, is that number: alpha = w / Z. Behind a global max pool it would be w / Z as well, though the gradient sits in one cell: the mean forgets where.",
  },
  ko: {
    lead: "최대 풀링은 창마다 숫자 하나만 남기고, 되돌아올 때는 그 숫자가 있던 자리에 기울기를 전부 돌려줍니다. 평균 풀링은 모두에게 똑같이 나누어 줍니다.",
    maxPool: "최대 풀링: 창마다 있는 스위치",
    noPool: (model: string) =>
      `${model}에는 최대 풀링이 없습니다. 픽셀을 건너뛰는 합성곱으로 맵을 줄입니다. 숫자 모델에는 최대 풀링이 있습니다.`,
    openDigits: "숫자 모델 열기",
    pool: "최대 풀링",
    channel: "채널",
    chosen: (row: number, column: number, value: string) =>
      `돌아온 값 dy: 행 ${row}, 열 ${column}의 창, ${value}. 화살표 키로 다른 창을 고를 수 있습니다.`,
    dyMap: "dy, 돌아온 값: 창마다 숫자 하나입니다. 클릭하거나 화살표 키로 옮겨 보세요.",
    xMap: "x, 풀링이 받은 값",
    dxMap: "dx, 계속 가는 값: 창마다 한 자리",
    relaxedMap: "완화한 dx: 창 전체에 똑같이",
    window: (row: number, column: number, part: Part) =>
      `창 ${row}, ${column}: x의 행 ${part.row}~${part.row + part.height - 1}, 열 ${part.column}~${part.column + part.width - 1}`,
    given: "x (테두리: 가장 큰 값)",
    arriving: "dy",
    back: "dx",
    shared: "완화한 dx",
    sums: (dy: string, dx: string, relaxed: string) =>
      `이 채널에서 dy의 합은 ${dy}, dx의 합은 ${dx}, 완화한 dx의 합은 ${relaxed}입니다. 풀링은 기울기를 옮길 뿐 잃지 않습니다.`,
    reached: (passed: number, all: number) => `${all}개 자리 중 ${passed}개가 dx를 받습니다.`,
    switchQuestion: "창에서 두 번째로 큰 x를 조금 키우면 클래스 점수가 달라질까요?",
    switchAnswer:
      "가장 큰 값을 넘지 않는 한 달라지지 않습니다. 풀링이 그 값을 넘겨주지 않기 때문이고, 그 자리의 dx = 0이 바로 그 뜻입니다. 이긴 자리가 deconvnet에서 말하는 ‘스위치’입니다. deconvnet은 순방향에서 이 자리를 따로 기억해 두어야 했지만, 기울기에는 저절로 들어 있습니다. 가장 큰 값을 넘어서는 순간에는 그 자리가 스위치를 넘겨받습니다. 그래서 기울기가 한 픽셀에서 옆 픽셀로 튑니다.",
    relaxed: "완화: 튀지 않는 사진의 기울기",
    relaxedLead:
      "왼쪽은 사진에서의 기울기 그대로이고, 오른쪽은 모든 최대 풀링이 평균 풀링처럼 기울기를 창 전체에 나누어 준 것입니다. 이웃 사이에서 튀는 값은 사라지지만, 정확히 어디를 보았는지도 함께 흐려집니다.",
    truePool: "원래의 최대 풀링",
    relaxedPool: "완화한 최대 풀링",
    global: "전역 풀링: 고르게 또는 한 점에",
    globalLead: "고른 층의 맵 하나 전체를 숫자 y 하나로 풀링한 다음, 바로 이 특징 위에서 dy = 1을 되돌려 보냅니다.",
    features: "A, 이 층의 맵",
    spread: "평균을 거슬러",
    spike: "최댓값을 거슬러",
    mean: (y: string, cells: number, each: string) =>
      `y = ${y}, 칸 ${cells}개의 평균입니다. 칸마다 받는 값은 dy / ${cells} = ${each}입니다.`,
    max: (y: string, tied: number, each: string) =>
      tied === 1
        ? `y = ${y}, 가장 큰 값입니다. 그 칸이 받는 값은 ${each}이고 나머지는 모두 0입니다.`
        : `y = ${y}, 가장 큰 값이고 ${tied}개 칸이 같은 값입니다. 그 칸마다 1 / ${tied} = ${each}, 나머지는 모두 0입니다.`,
    globalQuestion: "전역 평균 풀링으로 끝나는 모델에서는 왜 Grad-CAM의 가중치가 그렇게 단순해질까요?",
    globalAnswer:
      "채널에 닿는 기울기가 숫자 하나이고, 그것이 고르게 퍼지기 때문입니다. 그 값은 클래스의 가중치 w를 칸의 수 Z로 나눈 것입니다. 칸에 대한 평균, 곧 Grad-CAM의 알파도 바로 그 값이어서 알파 = w / Z입니다. 전역 최대 풀링 뒤에서도 평균은 w / Z이지만, 기울기는 한 칸에만 있습니다. 평균을 내면 그 위치를 잊어버립니다.",
  },
});
