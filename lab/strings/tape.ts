import { bilingual } from "../store/language.ts";

/** What a step back does, for operations whose formula says it less plainly. */
type Notes = Readonly<Record<string, string>>;

const notesEn: Notes = {
  conv2d: "The same weights, used backwards: each output hands its share to all inputs that it was made of.",
  depthwise_conv2d: "The same weights, used backwards, each channel by itself.",
  dense: "The same weights, used backwards: each output hands its share to all inputs.",
  relu: "A gate for each value: open, it passes dy as it is; shut, nothing.",
  max_pool: "Only the winner of each window gets anything.",
  global_avg_pool: "Every position of a channel gets the same: places are not told apart here.",
  add: "Both branches get all of dy: a shortcut carries the gradient past the operations beside it.",
  softmax:
    "The classes are tied: one grows only as the others shrink. Where the network is sure, little comes through.",
  reshape: "The same numbers in another shape.",
};

const notesKo: Notes = {
  conv2d: "같은 가중치를 거꾸로 씁니다. 출력 하나하나가 자신을 만든 모든 입력에 몫을 나누어 줍니다.",
  depthwise_conv2d: "같은 가중치를 채널마다 따로 거꾸로 씁니다.",
  dense: "같은 가중치를 거꾸로 씁니다. 출력 하나하나가 모든 입력에 몫을 나누어 줍니다.",
  relu: "값마다 문이 하나씩 있습니다. 열려 있으면 dy가 그대로 지나가고, 닫혀 있으면 아무것도 지나가지 못합니다.",
  max_pool: "각 창에서 최댓값인 자리만 받습니다.",
  global_avg_pool: "한 채널의 모든 위치가 같은 값을 받습니다. 여기서는 위치를 구별하지 않습니다.",
  add: "두 갈래가 모두 dy를 통째로 받습니다. 지름길 연결은 옆의 연산들을 건너뛰어 기울기를 전합니다.",
  softmax:
    "클래스끼리 묶여 있어서 하나가 커지려면 다른 것이 작아져야 합니다. 네트워크가 확신할수록 기울기가 거의 지나가지 못합니다.",
  reshape: "같은 수를 다른 모양으로 놓습니다.",
};

export const tapeWords = bilingual({
  en: {
    lead: "Play the tape: forward, the picture becomes activations; then backward, from the chosen number, every operation turns the cotangent dy of its output into that of its input. Orange is above 0, blue below.",
    rule: "Backward rule",
    rules: { gradient: "gradient", deconvnet: "deconvnet", guided: "guided" },
    ways: { forward: "forward", backward: "back" },
    input: "input",
    stepBack: "One back",
    play: "Play",
    pause: "Pause",
    step: "One on",
    slider: (at: number, count: number) => `Stop ${at} of ${count}`,
    activationOf: (label: string) => `Activation y of ${label}`,
    cotangentOf: (label: string) => `Cotangent dy at ${label}`,
    summed: (count: number) => `the sum over ${count} operations that use it`,
    took: (ms: string) => `${ms} ms on the GPU`,
    computes: "What it computes",
    vjp: "Its backward rule (the gradient)",
    underRule: (rule: string) => `Its backward rule: ${rule}, in place of the gradient`,
    reads: (names: string) => `Needs from the recording: ${names}.`,
    readsNothing: "Needs no activation from the recording: the operation is linear.",
    goesTo: (label: string) => `What it makes of it: dx, for ${label}`,
    fromInput: "Here the tape begins: the picture as the network takes it, scaled and with its channels last.",
    atInput:
      "Here the walk ends: how much the chosen number would grow for a little more of each value of the input. This is the gradient that saliency maps show.",
    onMap: "Show it on the network map",
    program: "The WGSL that ran here",
    kernel: "Kernel",
    text: "Text",
    texts: { written: "as it is written", ran: "as it ran" },
    times: (count: number) => `${count} times`,
    noKernel: "No kernel ran here: the same numbers are looked at in another shape.",
    allNumbers: "All numbers of the way back",
    norms: "Norm of each cotangent, from the target (left) to the input (right), on a logarithmic scale.",
    normsFrom: (label: string, first: string, last: string) =>
      `Norms of the cotangents: ${first} at ${label}, ${last} at the input`,
    node: "Node",
    op: "Operation",
    columns: ["Norm", "Above 0", "Below 0", "Exactly 0"],
    ruled: (rule: string) => `* the ${rule} rule in place of the operation's gradient`,
    notes: notesEn,
    gateQuestion: "Step back through a ReLU. Which share grows from dy to the next stop's dy, and why?",
    gateAnswer:
      "The share of exact zeros. On the way forward the ReLU set some values to 0; on the way back its gate is shut at just those places, and dy ends there. Compare with the activation of the same ReLU on the way forward.",
    signQuestion: "Choose the guided rule and play back to the input. What is missing, and what did it cost?",
    signAnswer:
      "Everything below 0 is dropped at each ReLU, so only what speaks for the number gets through, and the picture at the input becomes clean. But it is no gradient any more: choose another class and much of the picture stays as it was.",
  },
  ko: {
    lead: "테이프를 재생해 보세요. 앞으로 갈 때는 사진이 활성값이 되고, 뒤로 갈 때는 고른 값에서 출발해 연산마다 출력의 여접벡터(cotangent) dy를 입력의 것으로 바꿉니다. 주황색은 양수, 파란색은 음수입니다.",
    rule: "역전파 규칙",
    rules: { gradient: "기울기", deconvnet: "deconvnet", guided: "guided" },
    ways: { forward: "앞으로", backward: "뒤로" },
    input: "입력",
    stepBack: "이전 칸",
    play: "재생",
    pause: "멈춤",
    step: "다음 칸",
    slider: (at: number, count: number) => `${count}곳 중 ${at}번째`,
    activationOf: (label: string) => `${label}의 활성값 y`,
    cotangentOf: (label: string) => `${label}에서의 여접벡터 dy`,
    summed: (count: number) => `이 값을 쓰는 연산 ${count}개에서 온 것의 합`,
    took: (ms: string) => `GPU에서 ${ms} ms`,
    computes: "계산하는 것",
    vjp: "역전파 규칙 (기울기)",
    underRule: (rule: string) => `역전파 규칙: 기울기 대신 ${rule}`,
    reads: (names: string) => `기록에서 필요한 것: ${names}`,
    readsNothing: "기록된 활성값이 필요하지 않습니다. 선형 연산이기 때문입니다.",
    goesTo: (label: string) => `여기서 만드는 것: ${label}에 줄 dx`,
    fromInput:
      "테이프가 시작하는 곳입니다. 네트워크가 받는 그대로의 사진으로, 값의 범위를 맞추고 채널을 마지막 축에 놓았습니다.",
    atInput:
      "역전파가 끝나는 곳입니다. 입력값 하나하나를 조금 늘리면 고른 값이 얼마나 커지는지를 나타냅니다. 현저성 맵이 보여 주는 기울기가 바로 이것입니다.",
    onMap: "네트워크 지도에서 보기",
    program: "여기서 실행된 WGSL",
    kernel: "커널",
    text: "본문",
    texts: { written: "작성된 그대로", ran: "실행된 그대로" },
    times: (count: number) => `${count}번`,
    noKernel: "실행된 커널이 없습니다. 같은 수를 다른 모양으로 볼 뿐입니다.",
    allNumbers: "역전파의 모든 수치",
    norms: "각 여접벡터의 노름. 왼쪽이 목표, 오른쪽이 입력이며 로그 눈금입니다.",
    normsFrom: (label: string, first: string, last: string) =>
      `여접벡터의 노름: ${label}에서 ${first}, 입력에서 ${last}`,
    node: "노드",
    op: "연산",
    columns: ["노름", "0보다 큼", "0보다 작음", "정확히 0"],
    ruled: (rule: string) => `* 연산의 기울기 대신 ${rule} 규칙을 썼습니다`,
    notes: notesKo,
    gateQuestion: "ReLU 하나를 뒤로 지나가 보세요. dy에서 다음 dy로 갈 때 어떤 비율이 커지나요? 왜 그럴까요?",
    gateAnswer:
      "정확히 0인 값의 비율입니다. 순전파에서 ReLU는 일부 값을 0으로 만들었고, 역전파에서는 바로 그 자리의 문이 닫혀 dy가 거기서 끊깁니다. 앞으로 갈 때 같은 ReLU의 활성값과 견주어 보세요.",
    signQuestion: "guided 규칙을 고르고 입력까지 뒤로 재생해 보세요. 무엇이 빠졌고, 그 대가는 무엇일까요?",
    signAnswer:
      "ReLU마다 0보다 작은 값을 모두 버리므로, 그 값을 지지하는 것만 지나가고 입력에서의 그림이 깨끗해집니다. 그러나 더는 기울기가 아닙니다. 다른 클래스를 골라도 그림의 많은 부분이 그대로입니다.",
  },
});
