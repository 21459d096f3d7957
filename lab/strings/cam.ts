import { bilingual } from "../store/language.ts";

export const camWords = bilingual({
  en: {
    lead: "CAM weighs the feature maps with the classifier's own weights; Grad-CAM weighs them with averaged gradients. Where global average pooling and one dense layer end the network, both give one map, but for the constant Z. See it number by number, and then see where CAM ends.",
    networks: "Network",
    cam: "CAM",
    gradCam: "Grad-CAM",
    scatterLabel: "Channels by their weight w, with Z·α against it",
    point: ({ channel, weight, scaled }: { channel: number; weight: string; scaled: string }) =>
      `channel ${channel}: w = ${weight}, Z·α = ${scaled}`,
    residual: "All points lie on the diagonal. The largest difference of all channels, max |w − Z·α|:",
    byMaximum:
      "This network pools by the maximum: the whole gradient w goes to one cell of each channel, so lines 1, 3 and 4 do not hold as they stand. The sum over cells is w all the same, and so are the last three lines.",
    proofTitle: (channel: number) => `The proof, with the numbers of channel ${channel}`,
    proofLead: "Point at a line, or step through them with the Tab key: its numbers light up. A click keeps it.",
    lines: [
      "Global average pooling makes one number of each channel.",
      "The dense layer adds them up to the class's logit.",
      "Each cell has the same share in the mean.",
      "So each cell's gradient is the same number.",
      "The mean of equal numbers is that number.",
      "Times Z, Grad-CAM's weight is the classifier's.",
      "So the maps differ by the factor Z alone (and by the ReLU, which Grad-CAM applies at the end).",
    ],
    facts: {
      Z: "Z, cells of a map",
      F: "F, the channel's mean",
      w: "w, the classifier's weight",
      share: "1 / Z",
      product: "w · 1 / Z",
      g: "∂y/∂A, least … greatest of all cells",
      alpha: "alpha of Grad-CAM",
      scaled: "Z · alpha",
      residual: "max |w − Z·alpha| over all channels",
      camCell: "CAM at the chosen cell",
      gradCamCell: "Grad-CAM at the chosen cell",
      ratio: "their ratio",
    },
    gradientOf: (channel: number) => `∂y/∂A of channel ${channel}, cell by cell`,
    refusedTitle: "CAM is not defined here. This is what the library says:",
    refusedWhy:
      "The digit network with dense layers flattens its feature maps, as VGG16 does: every cell of every channel gets weights of its own in a hidden dense layer, and a second dense layer follows. There is no one weight per channel that CAM could take.",
    spread: (least: string, greatest: string) =>
      `The gradient of this channel is not the same in each cell: it runs from ${least} to ${greatest}.`,
    refusedMean:
      "Grad-CAM asks no layer for its weights. It averages these numbers and so has one weight per channel in any network that can be differentiated.",
    question: "Before CAM could be drawn for VGG16, its authors had to change the network and train it again. Why?",
    answer:
      "CAM reads its weights from the dense layer that follows the pooling, and VGG16 has neither: its features are flattened and pass through two hidden layers. To get such weights, the dense layers must be taken out, global average pooling and one new dense layer put in, and that layer trained. Grad-CAM needs no change: the mean of the gradient takes the place of the weight, and where CAM is defined it is that weight over Z.",
  },
  ko: {
    lead: "CAM은 분류기의 가중치로, Grad-CAM은 평균한 기울기로 특징 맵을 가중합합니다. 네트워크가 전역 평균 풀링과 완전연결층 하나로 끝나면 두 맵은 상수 Z만 빼고 같습니다. 수 하나하나로 확인한 다음, CAM을 쓸 수 없는 곳도 살펴보세요.",
    networks: "모델",
    cam: "CAM",
    gradCam: "Grad-CAM",
    scatterLabel: "가중치 w와 Z·α로 본 채널",
    point: ({ channel, weight, scaled }: { channel: number; weight: string; scaled: string }) =>
      `채널 ${channel}: w = ${weight}, Z·α = ${scaled}`,
    residual: "모든 점이 대각선 위에 있습니다. 모든 채널에서 가장 큰 차이, max |w − Z·α|:",
    byMaximum:
      "이 네트워크는 최댓값으로 풀링합니다. 채널마다 한 칸이 기울기 w를 모두 받으므로 1, 3, 4번 줄은 그대로 성립하지 않습니다. 그래도 모든 칸의 합은 w이므로 마지막 세 줄은 성립합니다.",
    proofTitle: (channel: number) => `증명, 채널 ${channel}의 수와 함께`,
    proofLead: "줄을 가리키거나 Tab 키로 옮겨 가면 해당하는 수가 밝아집니다. 누르면 그대로 남습니다.",
    lines: [
      "전역 평균 풀링은 채널마다 수 하나를 만듭니다.",
      "완전연결층이 이 수들을 더해 클래스의 로짓을 만듭니다.",
      "평균에서 모든 칸의 몫은 같습니다.",
      "그래서 모든 칸의 기울기가 같은 수입니다.",
      "같은 수들의 평균은 바로 그 수입니다.",
      "Z를 곱하면 Grad-CAM의 가중치는 분류기의 가중치입니다.",
      "따라서 두 맵은 Z배만 다릅니다. (Grad-CAM이 마지막에 적용하는 ReLU도 다릅니다.)",
    ],
    facts: {
      Z: "Z, 맵의 칸 수",
      F: "F, 채널의 평균",
      w: "w, 분류기의 가중치",
      share: "1 / Z",
      product: "w · 1 / Z",
      g: "∂y/∂A, 모든 칸의 최소 … 최대",
      alpha: "Grad-CAM의 알파",
      scaled: "Z · 알파",
      residual: "모든 채널의 max |w − Z·알파|",
      camCell: "선택한 칸의 CAM",
      gradCamCell: "선택한 칸의 Grad-CAM",
      ratio: "두 값의 비",
    },
    gradientOf: (channel: number) => `채널 ${channel}의 ∂y/∂A, 칸별 값`,
    refusedTitle: "여기서는 CAM이 정의되지 않습니다. 라이브러리의 설명은 다음과 같습니다.",
    refusedWhy:
      "완전연결층을 쓰는 숫자 모델은 VGG16처럼 특징 맵을 한 줄로 펼칩니다. 모든 채널의 모든 칸이 은닉 완전연결층에서 저마다 다른 가중치를 받고, 그 뒤에 완전연결층이 하나 더 있습니다. 그래서 CAM이 가져올 채널당 가중치 하나가 없습니다.",
    spread: (least: string, greatest: string) =>
      `이 채널의 기울기는 칸마다 다릅니다. ${least}부터 ${greatest}까지 퍼져 있습니다.`,
    refusedMean:
      "Grad-CAM은 층의 가중치를 묻지 않습니다. 이 수들을 평균하므로, 미분할 수 있는 네트워크라면 언제나 채널당 가중치 하나를 얻습니다.",
    question: "VGG16에 CAM을 쓰려면 네트워크를 고치고 다시 학습해야 했습니다. 왜 그럴까요?",
    answer:
      "CAM은 풀링 바로 뒤의 완전연결층에서 가중치를 읽는데, VGG16에는 그런 풀링도 층도 없습니다. 특징 맵을 펼쳐 은닉층 두 개를 지나기 때문입니다. 가중치를 얻으려면 완전연결층들을 들어내고 전역 평균 풀링과 새 완전연결층 하나를 넣어 그 층을 학습해야 합니다. Grad-CAM은 아무것도 고치지 않습니다. 기울기의 평균이 가중치를 대신하며, CAM이 정의되는 곳에서는 그 값이 바로 가중치를 Z로 나눈 값입니다.",
  },
});
