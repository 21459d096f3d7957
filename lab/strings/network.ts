import { bilingual } from "../store/language.ts";

export const networkWords = bilingual({
  en: {
    lead: "The recorded pass from top to bottom: every operation that ran on this picture, with the first channels of what it made. Orange is above 0, blue below. Open a line to see all of its channels and numbers.",
    held: (nodes: number, size: string) =>
      `${nodes} operations. The tape keeps the output of each, ${size} in all: the way back needs them.`,
    find: "Find by name",
    openAll: "Open all blocks",
    closeAll: "Close all blocks",
    found: (count: number) => (count === 1 ? "1 operation" : `${count} operations`),
    input: "input",
    operations: (count: number) => `${count} operations`,
    shortcut: "with a shortcut",
    joins: (names: string) => `from ${names}`,
    thumbs: (of: string) => `first channels of ${of}`,
    gradCam: "Make Grad-CAM here",
    tape: "Show it on the tape",
    op: "Operation",
    shape: "Output",
    from: "Computed from",
    weights: "Weights",
    settings: "Settings",
    params: {
      window: (height: number, width: number) => `window ${height} × ${width}`,
      stride: (by: number) => `stride ${by}`,
      dilation: (by: number) => `dilation ${by}`,
      padding: (top: number, left: number) => `padding from ${top} above, ${left} left`,
      most: (value: number) => `at most ${value}`,
    },
    values: (count: number) => `All ${count} values`,
    reluQuestion:
      "Open a convolution, then the ReLU after it. Which number changes most, and what will that mean on the way back?",
    reluAnswer:
      "The share of exact zeros: the ReLU sets all that is below 0 to 0. Where it did, its gate is shut, and on the way back the gradient ends there. The tape view shows it happen.",
    placeQuestion: "At which line does the network stop knowing where something is?",
    placeAnswer:
      "Where height and width disappear from the shape: at flatten or at global average pooling. What lies before has a channel's value for each position, so Grad-CAM takes the last layer there. On the way down height and width shrink while channels grow: places are given up for meanings, a little at a time.",
  },
  ko: {
    lead: "기록된 순전파를 위에서 아래로 봅니다. 이 사진에 실행된 모든 연산과 그 출력의 첫 채널들입니다. 주황색은 양수, 파란색은 음수입니다. 줄을 열면 모든 채널과 수치를 볼 수 있습니다.",
    held: (nodes: number, size: string) =>
      `연산 ${nodes}개. 테이프는 각 연산의 출력을 모두 보관하며, 합하면 ${size}입니다. 역전파에 필요하기 때문입니다.`,
    find: "이름으로 찾기",
    openAll: "모든 블록 열기",
    closeAll: "모든 블록 닫기",
    found: (count: number) => `연산 ${count}개`,
    input: "입력",
    operations: (count: number) => `연산 ${count}개`,
    shortcut: "지름길 연결 있음",
    joins: (names: string) => `${names}에서 옴`,
    thumbs: (of: string) => `${of}의 첫 채널들`,
    gradCam: "여기서 Grad-CAM 만들기",
    tape: "테이프에서 보기",
    op: "연산",
    shape: "출력",
    from: "계산에 쓴 값",
    weights: "가중치",
    settings: "설정",
    params: {
      window: (height: number, width: number) => `창 ${height} × ${width}`,
      stride: (by: number) => `스트라이드 ${by}`,
      dilation: (by: number) => `팽창 ${by}`,
      padding: (top: number, left: number) => `패딩 위 ${top}, 왼쪽 ${left}`,
      most: (value: number) => `최대 ${value}`,
    },
    values: (count: number) => `값 ${count}개 전체`,
    reluQuestion:
      "합성곱을 열어 보고, 이어서 그다음 ReLU를 열어 보세요. 어떤 수치가 가장 많이 바뀌나요? 역전파에서는 무엇을 뜻할까요?",
    reluAnswer:
      "정확히 0인 값의 비율입니다. ReLU는 0보다 작은 값을 모두 0으로 만듭니다. 그 자리의 문은 닫혀 있으므로, 역전파에서 기울기는 거기서 끊깁니다. 테이프 보기에서 직접 확인해 보세요.",
    placeQuestion: "네트워크는 어느 줄부터 무엇이 어디에 있는지 모르게 될까요?",
    placeAnswer:
      "모양에서 높이와 너비가 사라지는 곳, 곧 flatten이나 전역 평균 풀링입니다. 그 앞까지는 위치마다 채널의 값이 있으므로, Grad-CAM은 그중 마지막 층을 씁니다. 아래로 갈수록 높이와 너비는 줄고 채널은 늘어납니다. 위치를 조금씩 내주고 의미를 얻는 셈입니다.",
  },
});
