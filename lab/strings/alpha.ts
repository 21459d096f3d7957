import { bilingual } from "../store/language.ts";

interface Place {
  readonly row: number;
  readonly column: number;
}

export const alphaWords = bilingual({
  en: {
    lead: "Build a Grad-CAM by hand. Each channel's gradient is averaged to one number, alpha; the map is the sum of the channels, each times its alpha. Switch channels off and on, and see which of them make the picture.",
    oneTitle: (channel: number) => `1. The gradient of channel ${channel}, averaged`,
    oneLead:
      "The gradient says, for every cell of the channel, how much the explained value would grow if that cell grew a little. Grad-CAM keeps only the mean of these numbers.",
    activation: (channel: number) => `A, the activation of channel ${channel}`,
    gradient: (channel: number) => `∂y/∂A of channel ${channel}`,
    part: (channel: number) => `∂y/∂A of channel ${channel}, around the chosen cell`,
    sumOf: "sum of ∂y/∂A over all cells",
    mean: "sum / Z",
    taken: (channel: number) => `alpha of channel ${channel}, as Grad-CAM took it`,
    allGradients: "∂y/∂A of all channels, on one scale",
    barsTitle: "2. Alpha of every channel",
    barsLead:
      "Orange channels speak for the class, blue ones against it. Click a bar to switch its channel; with the keyboard, arrows choose a bar and Space switches it.",
    barsLabel: "Channels by their alpha",
    bar: ({ channel, alpha, on }: { channel: number; alpha: string; on: boolean }) =>
      `channel ${channel}: alpha ${alpha}, ${on ? "on" : "off"}`,
    scale: (most: string) => `full height: ±${most}`,
    sort: "Order",
    sorts: { size: "by |alpha|", index: "by number" },
    top: "Channels of the largest |alpha|",
    none: "None",
    all: "All",
    addOne: "Add the next",
    play: "Play",
    pause: "Pause",
    newest: ({ channel, alpha }: { channel: number; alpha: string }) =>
      `added last: channel ${channel}, alpha ${alpha}`,
    mapTitle: "3. The sum",
    mapLead:
      "The GPU adds up the channels that are on. Click a cell, or use the arrow keys on a map, to see its numbers below.",
    sumOfSome: (count: number, all: number) => `Sum of ${count} of ${all} channels`,
    sumOfAll: "Sum of all channels, the raw map",
    overlaid: (count: number, all: number) => `Grad-CAM of ${count} of ${all} channels`,
    whole: "Grad-CAM",
    rawLabel: ({ title, row, column, value }: Place & { title: string; value: string }) =>
      `${title}; row ${row}, column ${column} is ${value}. Arrow keys choose another cell.`,
    cell: ({ row, column }: Place) => `row ${row}, column ${column}`,
    cellTitle: ({ row, column }: Place) => `4. The cell in row ${row}, column ${column}, number by number`,
    cellLead: "What each channel that is on adds to this one cell. The last running sum is the map's value there.",
    columns: ["channel", "A", "alpha", "alpha · A", "running sum"],
    moreTerms: (count: number) => `Show more (${count} left)`,
    total: (count: number) => `sum of the ${count} products`,
    onGpu: "this cell of the map of the chosen channels",
    rawCell: "this cell of the raw map, all channels",
    question: "Start with none and press Play. How many channels does it take until the map looks like the whole?",
    answer:
      "In the networks of this page about a third: from there on the order of the cells hardly changes, and the rest only adds height. A channel counts only where it is active, since alpha multiplies A. A large alpha on a channel that is 0 everywhere in this picture adds nothing. Channels with a negative alpha take away: switch off the blue ones and the map spreads.",
  },
  ko: {
    lead: "Grad-CAM을 손으로 만들어 보세요. 채널마다 기울기를 평균하면 수 하나, 알파가 됩니다. 각 채널에 알파를 곱해 모두 더하면 맵이 됩니다. 채널을 끄고 켜면서 어떤 채널이 그림을 만드는지 살펴보세요.",
    oneTitle: (channel: number) => `1. 채널 ${channel}의 기울기와 그 평균`,
    oneLead:
      "기울기는 채널의 각 칸이 조금 커질 때 설명하려는 값이 얼마나 커지는지를 나타냅니다. Grad-CAM은 이 수들의 평균만 사용합니다.",
    activation: (channel: number) => `A, 채널 ${channel}의 활성값`,
    gradient: (channel: number) => `채널 ${channel}의 ∂y/∂A`,
    part: (channel: number) => `채널 ${channel}의 ∂y/∂A, 선택한 칸 주변`,
    sumOf: "모든 칸의 ∂y/∂A 합",
    mean: "합 / Z",
    taken: (channel: number) => `Grad-CAM이 사용한 채널 ${channel}의 알파`,
    allGradients: "모든 채널의 ∂y/∂A (같은 눈금)",
    barsTitle: "2. 채널별 알파",
    barsLead:
      "주황색 채널은 클래스를 뒷받침하고 파란색 채널은 반대합니다. 막대를 누르면 채널이 꺼지거나 켜집니다. 키보드에서는 화살표로 막대를 고르고 스페이스로 전환합니다.",
    barsLabel: "알파로 본 채널",
    bar: ({ channel, alpha, on }: { channel: number; alpha: string; on: boolean }) =>
      `채널 ${channel}: 알파 ${alpha}, ${on ? "켜짐" : "꺼짐"}`,
    scale: (most: string) => `전체 높이: ±${most}`,
    sort: "순서",
    sorts: { size: "|알파| 순", index: "번호 순" },
    top: "|알파|가 큰 채널",
    none: "모두 끄기",
    all: "모두 켜기",
    addOne: "하나 더하기",
    play: "재생",
    pause: "멈춤",
    newest: ({ channel, alpha }: { channel: number; alpha: string }) =>
      `마지막으로 더한 채널: ${channel}, 알파 ${alpha}`,
    mapTitle: "3. 합",
    mapLead: "켜진 채널을 GPU가 더합니다. 칸을 누르거나 맵에서 화살표 키를 쓰면 그 칸의 수가 아래에 나옵니다.",
    sumOfSome: (count: number, all: number) => `채널 ${all}개 중 ${count}개의 합`,
    sumOfAll: "모든 채널의 합, 원시 맵",
    overlaid: (count: number, all: number) => `채널 ${all}개 중 ${count}개로 만든 Grad-CAM`,
    whole: "Grad-CAM",
    rawLabel: ({ title, row, column, value }: Place & { title: string; value: string }) =>
      `${title}; ${row}행 ${column}열의 값은 ${value}. 화살표 키로 다른 칸을 고릅니다.`,
    cell: ({ row, column }: Place) => `${row}행 ${column}열`,
    cellTitle: ({ row, column }: Place) => `4. ${row}행 ${column}열 칸의 모든 수`,
    cellLead: "켜진 채널이 이 칸에 각각 더하는 값입니다. 마지막 누적합이 그 자리의 맵 값입니다.",
    columns: ["채널", "A", "알파", "알파 · A", "누적합"],
    moreTerms: (count: number) => `더 보기 (${count}개 남음)`,
    total: (count: number) => `곱 ${count}개의 합`,
    onGpu: "고른 채널로 만든 맵의 이 칸",
    rawCell: "모든 채널로 만든 원시 맵의 이 칸",
    question: "모두 끄고 재생해 보세요. 채널이 몇 개쯤 더해지면 맵이 전체와 비슷해지나요?",
    answer:
      "이 페이지의 모델에서는 3분의 1쯤이면 됩니다. 그 뒤로는 칸들의 순서가 거의 바뀌지 않고 높이만 더해집니다. 알파는 A에 곱해지므로 채널은 활성화된 자리에서만 힘을 냅니다. 이 사진에서 모든 칸이 0인 채널은 알파가 커도 아무것도 더하지 않습니다. 알파가 음수인 채널은 값을 깎습니다. 파란 막대를 끄면 맵이 퍼지는 것을 볼 수 있습니다.",
  },
});
