import { bilingual } from "../store/language.ts";

/** Between which values a gate is open. */
interface Bounds {
  readonly from: number;
  readonly top: number;
}

export const gateWords = bilingual({
  en: {
    lead: "On the way back every ReLU is a gate. Each point is one neuron: x is what it was given on the way forward, r is the gradient that comes back to it. Three rules decide differently which of them pass.",
    none: "This network has no ReLU, nor anything like one: these rules change nothing here.",
    gate: "Gate (layer)",
    rules: { gradient: "Gradient", deconvnet: "Deconvnet", guided: "Guided backprop" },
    scope: "The rule holds",
    scopes: { here: "at this gate alone", all: "at every gate of the walk" },
    scopeSays: {
      here: "r arrives here by the plain gradient; then each rule decides at this one gate. So r is the same in all three plots, and the rules can be compared value by value.",
      all: "Each rule has decided at every gate above too, as in the pictures below. So what arrives here, r, already differs.",
    },
    open: "open",
    closed: "closed",
    weaker: "weaker",
    recorded: (name: string) => `Recorded at this gate: ${name},`,
    scatter: (rule: string) => `${rule}: the gate's input x across, the arriving gradient r up`,
    passes: (passed: number, all: number, share: string) => `${passed} of ${all} pass (${share})`,
    legend: (shown: number, all: number) =>
      `● passes, × is blocked; the shaded part is where the neuron was on. ${shown} of ${all} values are drawn, evenly taken; the farthest hundredth lies at the edge.`,
    quadrants: "Counted in each quadrant",
    where: "Passes, of those that arrive (share of all)",
    zones: ({ from, top }: Bounds) => {
      const [open, closed] =
        top === Number.POSITIVE_INFINITY
          ? [`x > ${from}`, `x ≤ ${from}`]
          : [`${from} < x < ${top}`, `x ≤ ${from} or x ≥ ${top}`];
      return {
        "open-up": `${open}, r > 0`,
        "open-down": `${open}, r < 0`,
        "closed-up": `${closed}, r > 0`,
        "closed-down": `${closed}, r < 0`,
        nothing: "r = 0: nothing arrives",
      };
    },
    pass: (passed: number, arrived: number) => `${passed} of ${arrived}`,
    silentQuestion: "Which rule lets something pass through neurons that were silent on the way forward?",
    silentAnswer:
      "Deconvnet: look at the row x ≤ 0, r > 0. It asks only for the sign of what comes back, as if the ReLU were applied to the gradient itself. The gradient asks only whether the neuron was on, and lets r < 0 through: evidence against. Guided backprop asks for both, so its points are the quadrant that the other two share.",
    worked: "Nine neurons, followed by hand",
    patch: ({ channel, row, column }: { channel: number; row: number; column: number }) =>
      `Channel ${channel}, rows ${row} to ${row + 2}, columns ${column} to ${column + 2}: the place of this gate where most quadrants meet. Framed values have passed.`,
    noPatch: "This gate has no height and width to cut 3 × 3 neurons from.",
    input: "x, what the ReLU was given",
    arriving: "r, what comes back",
    leaving: "dx, what goes on",
    pictures: "The same picture under the three rules",
    picturesLead:
      "Here each rule holds at every gate, all the way to the pixels. Choose another class above and watch which pictures change.",
    cost: (dispatches: number) => `${dispatches} dispatches for this walk back`,
    once: (recorded: number) =>
      `The tape holds ${recorded} recorded operations before and after: the forward pass ran once, and every question walks back over the same recording.`,
    alikeQuestion: "Why are guided pictures so clean, and so alike for every class?",
    alikeAnswer:
      "Every negative gradient is thrown away, at every gate. What remains are paths on which everything is positive, and these depend more on where the picture has edges that neurons respond to than on the class: the class only says with which numbers the walk begins. So they look sharp, but they explain little; “Sanity” measures it. Guided Grad-CAM multiplies them with a map that knows the class.",
  },
  ko: {
    lead: "되돌아오는 길에서는 모든 ReLU가 문이 됩니다. 점 하나가 뉴런 하나입니다. x는 순방향에서 받은 값, r은 역방향으로 돌아온 기울기입니다. 세 규칙은 무엇을 통과시킬지 서로 다르게 정합니다.",
    none: "이 모델에는 ReLU나 그와 비슷한 연산이 없습니다. 이 규칙들은 여기서 아무것도 바꾸지 않습니다.",
    gate: "문 (층)",
    rules: { gradient: "기울기", deconvnet: "Deconvnet", guided: "유도 역전파" },
    scope: "규칙을 적용하는 곳",
    scopes: { here: "이 문에서만", all: "모든 문에서" },
    scopeSays: {
      here: "r은 보통의 기울기로 여기까지 도착하고, 이 문 하나에서만 규칙이 달라집니다. 그래서 세 그림의 r이 같고, 규칙을 값 하나하나 비교할 수 있습니다.",
      all: "위쪽의 모든 문에서도 이미 그 규칙을 적용했습니다. 아래 사진들과 같은 방식입니다. 그래서 여기 도착하는 r부터 서로 다릅니다.",
    },
    open: "열림",
    closed: "닫힘",
    weaker: "약해짐",
    recorded: (name: string) => `이 문에 기록된 활성화 함수: ${name},`,
    scatter: (rule: string) => `${rule}: 가로는 문의 입력 x, 세로는 도착한 기울기 r`,
    passes: (passed: number, all: number, share: string) => `${all}개 중 ${passed}개가 통과합니다 (${share})`,
    legend: (shown: number, all: number) =>
      `●는 통과, ×는 차단입니다. 색이 깔린 쪽이 뉴런이 켜져 있던 곳입니다. 값 ${all}개 중 ${shown}개를 고르게 뽑아 그렸고, 가장 먼 1 %는 가장자리에 놓았습니다.`,
    quadrants: "사분면마다 세어 보기",
    where: "도착한 것 중 통과한 것 (전체에 대한 비율)",
    zones: ({ from, top }: Bounds) => {
      const [open, closed] =
        top === Number.POSITIVE_INFINITY
          ? [`x > ${from}`, `x ≤ ${from}`]
          : [`${from} < x < ${top}`, `x ≤ ${from} 또는 x ≥ ${top}`];
      return {
        "open-up": `${open}, r > 0`,
        "open-down": `${open}, r < 0`,
        "closed-up": `${closed}, r > 0`,
        "closed-down": `${closed}, r < 0`,
        nothing: "r = 0: 도착한 것이 없음",
      };
    },
    pass: (passed: number, arrived: number) => `${arrived}개 중 ${passed}개`,
    silentQuestion: "순방향에서 꺼져 있던 뉴런으로도 무언가를 통과시키는 규칙은 어느 것일까요?",
    silentAnswer:
      "Deconvnet입니다. x ≤ 0, r > 0인 줄을 보세요. 이 규칙은 돌아온 값의 부호만 봅니다. 기울기 자체에 ReLU를 씌운 것과 같습니다. 보통의 기울기는 뉴런이 켜져 있었는지만 보고, r < 0, 곧 반대 근거도 통과시킵니다. 유도 역전파는 두 조건을 모두 봅니다. 그래서 앞의 두 규칙이 함께 통과시키는 사분면만 남습니다.",
    worked: "뉴런 아홉 개를 손으로 따라가기",
    patch: ({ channel, row, column }: { channel: number; row: number; column: number }) =>
      `채널 ${channel}, 행 ${row}~${row + 2}, 열 ${column}~${column + 2}: 이 문에서 가장 많은 사분면이 만나는 자리입니다. 테두리를 두른 값이 통과한 값입니다.`,
    noPatch: "이 문에는 높이와 너비가 없어 3 × 3 뉴런을 잘라낼 수 없습니다.",
    input: "x, ReLU가 받은 값",
    arriving: "r, 돌아온 값",
    leaving: "dx, 계속 가는 값",
    pictures: "같은 사진을 세 규칙으로",
    picturesLead:
      "여기서는 픽셀에 닿을 때까지 모든 문에서 그 규칙을 적용합니다. 위에서 다른 클래스를 고르고, 어느 그림이 바뀌는지 살펴보세요.",
    cost: (dispatches: number) => `이 역전파에 디스패치 ${dispatches}번`,
    once: (recorded: number) =>
      `테이프에 기록된 연산은 전에도 후에도 ${recorded}개입니다. 순방향은 한 번만 실행했고, 모든 질문은 같은 기록을 거슬러 갑니다.`,
    alikeQuestion: "유도 역전파 그림은 왜 이렇게 깨끗하고, 클래스가 달라도 비슷할까요?",
    alikeAnswer:
      "모든 문에서 음의 기울기를 전부 버리기 때문입니다. 남는 것은 모든 값이 양수인 경로뿐인데, 이 경로는 클래스보다 뉴런이 반응하는 윤곽이 사진의 어디에 있는지에 더 좌우됩니다. 클래스는 역전파를 어떤 숫자로 시작할지만 정합니다. 그래서 또렷해 보여도 설명하는 것은 적습니다. ‘건전성 검사’에서 이를 직접 재어 봅니다. 유도 Grad-CAM은 여기에 클래스를 아는 맵을 곱한 것입니다.",
  },
});
