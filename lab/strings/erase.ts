import { bilingual } from "../store/language.ts";

interface LooksFacts {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly first: string;
  readonly union: string;
}

export const eraseWords = bilingual({
  en: {
    lead: "A heat map is a claim: this is what the class needs. Test it. Paint over the picture with the pointer, or let the map choose what goes, and see what the network then says.",
    painting: "The picture to erase from: drag over it. The form beside it erases by numbers.",
    erased: (share: string) => `${share} of the picture is erased.`,
    brush: "Brush",
    fill: "Put in its place",
    fills: { mean: "the mean colour", blur: "the blurred picture" },
    extremes: {
      hottest: (share: string) => `Erase the hottest ${share}`,
      coldest: (share: string) => `Erase the coldest ${share}`,
    },
    undo: "Undo",
    clear: "Clear",
    sides: { left: "Left, %", top: "Top, %", width: "Width, %", height: "Height, %" },
    eraseBox: "Erase this box",
    probabilities: "What the network says",
    class: "Class",
    before: "before",
    after: "after",
    question:
      "Erase the coldest fifth, then clear and erase the hottest. Which should cost the class more, and does it?",
    answer:
      "If the map is right, the hottest. But a probability near 100 % may hardly move: the softmax is saturated, or what is left is evidence enough. And a patch of one colour is something that no training picture had, so part of every change is surprise. Therefore one asks many such pictures in a row: the curves below.",
    maps: "Evidence for, and against",
    mapsLead: (name: string) =>
      `Grad-CAM for “${name}” before and after, and the counterfactual map: the same sum with minus the gradient, so that it is warm where taking the features away would help “${name}”.`,
    usual: "Grad-CAM, before",
    usualAfter: "Grad-CAM, after",
    against: "Counterfactual, before",
    mapsQuestion:
      "The counterfactual map is made of the same numbers. How can it be empty, or show quite another place?",
    mapsAnswer:
      "Minus the gradient gives minus alpha and so minus every cell: the raw map is turned over, and nothing else is computed. Then the ReLU keeps what is above 0, so each picture shows the cells that the other throws away. Where the usual map has no cell below 0, nothing is left.",
    curves: "Faithfulness: one pixel after the other",
    curvesLead: (name: string) =>
      `Deletion takes pixels out of the picture in the map's order, insertion puts them back, and the probability of “${name}” is watched. A map that knows what counts falls fast and rises fast; an order by chance is there to compare.`,
    steps: "Steps along a curve",
    notYet: "not measured yet",
    measuring: "Asking the network of every step",
    cancel: "Stop",
    kinds: { deletion: "Deletion (lower is better)", insertion: "Insertion (higher is better)" },
    orders: { map: "the map's order", random: "by chance" },
    changed: { deletion: "share of pixels taken away", insertion: "share of pixels put back" },
    probability: "probability",
    area: (order: string) => `Area under the curve, ${order}`,
    curvesQuestion: "Change what is put in place of the pixels. The same map gets another area: is the map better now?",
    curvesAnswer:
      "No. The number measures map, network and filling together: a blurred picture keeps colours and large shapes, one colour keeps nothing but has edges of its own. Areas can be compared only where everything but the map is the same.",
    chanceQuestion:
      "In the deletion plot the order by chance may fall as fast as the map's order, or faster. Is the map no good?",
    chanceAnswer:
      "Not for that reason. Scattered holes spoil every edge and every texture at once, and make a picture unlike any that the network knows; a map takes out whole patches and leaves the rest as it was. So deletion measures strangeness too. Insertion shows the difference better on photos: one patch in the right place is enough, while scattered pixels show nothing until most are back.",
    adversary: "The second look: adversarial erasing",
    adversaryLead:
      "A classifier needs only the most telling part, so its map covers only that. ACoL asks for more: erase what the first map shows, look again, and take the greater of both maps at every place.",
    delta: "Erase where the first map reaches (delta)",
    firstLook: "First look",
    without: "The picture without it",
    secondLook: "Second look",
    union: "The greater of both",
    looks: ({ name, before, after, first, union }: LooksFacts) =>
      `“${name}”: ${before} before, ${after} at the second look. At or above delta are ${first} of the first map and ${union} of both together.`,
    adversaryHonest:
      "This shows the idea on a finished network, in the picture. ACoL itself has two heads, erases in the feature maps, and does so at every training step, so that the second head learns to find the rest (Zhang et al. 2018).",
    adversaryQuestion: "The second map may lie on the erased patch, or on something wrong. Why?",
    adversaryAnswer:
      "This network never learned to do without its favourite evidence. Where nothing of the class is left, the least bad place wins: each map is stretched from 0 to 1, however little it says. Head B of ACoL is trained on erased features, which is what makes its map worth adding.",
  },
  ko: {
    lead: "히트맵은 하나의 주장입니다. “이 클래스에는 여기가 필요하다.” 직접 시험해 보세요. 사진 위를 포인터로 칠해 지우거나 맵이 고른 곳을 지우고, 네트워크의 대답이 어떻게 바뀌는지 확인합니다.",
    painting: "지울 사진: 끌어서 칠합니다. 옆의 양식에서는 숫자로 지울 수 있습니다.",
    erased: (share: string) => `사진의 ${share}를 지웠습니다.`,
    brush: "붓 크기",
    fill: "지운 자리에 넣을 것",
    fills: { mean: "평균 색", blur: "흐린 사진" },
    extremes: {
      hottest: (share: string) => `가장 뜨거운 ${share} 지우기`,
      coldest: (share: string) => `가장 차가운 ${share} 지우기`,
    },
    undo: "되돌리기",
    clear: "처음으로",
    sides: { left: "왼쪽, %", top: "위, %", width: "너비, %", height: "높이, %" },
    eraseBox: "이 상자 지우기",
    probabilities: "네트워크의 대답",
    class: "클래스",
    before: "지우기 전",
    after: "지운 뒤",
    question:
      "가장 차가운 5분의 1을 지워 보고, 처음으로 돌아가 가장 뜨거운 5분의 1을 지워 보세요. 어느 쪽이 더 큰 손해여야 하고, 실제로 그런가요?",
    answer:
      "맵이 옳다면 뜨거운 쪽입니다. 그러나 100 %에 가까운 확률은 거의 움직이지 않을 수 있습니다. 소프트맥스가 포화되어 있거나, 남은 부분만으로도 근거가 충분하기 때문입니다. 또 한 가지 색으로 덮인 자국은 학습 사진에 없던 것이어서, 변화의 일부는 낯섦 때문에 생깁니다. 그래서 이런 사진을 차례로 여러 장 물어봅니다. 아래의 곡선이 그것입니다.",
    maps: "찬성하는 근거와 반대하는 근거",
    mapsLead: (name: string) =>
      `“${name}”에 대한 지우기 전후의 Grad-CAM과 반사실 맵입니다. 반사실 맵은 기울기의 부호를 바꾸어 같은 합을 구한 것으로, 그 특징을 없애면 “${name}”에 도움이 되는 곳이 뜨겁게 나타납니다.`,
    usual: "Grad-CAM, 지우기 전",
    usualAfter: "Grad-CAM, 지운 뒤",
    against: "반사실 맵, 지우기 전",
    mapsQuestion: "반사실 맵은 같은 수로 만듭니다. 그런데 어떻게 비어 있거나 전혀 다른 곳을 가리킬 수 있을까요?",
    mapsAnswer:
      "기울기에 음의 부호를 붙이면 알파와 모든 칸의 부호가 바뀝니다. 원시 맵이 뒤집힐 뿐 다른 계산은 없습니다. 그 뒤의 ReLU가 0보다 큰 값만 남기므로, 한쪽 그림은 다른 쪽이 버리는 칸을 보여 줍니다. 보통 맵에 0보다 작은 칸이 없으면 아무것도 남지 않습니다.",
    curves: "충실도: 픽셀을 하나씩",
    curvesLead: (name: string) =>
      `삭제는 맵의 순서대로 픽셀을 빼고 삽입은 다시 넣으면서, “${name}”의 확률을 지켜봅니다. 무엇이 중요한지 아는 맵이라면 빠르게 떨어지고 빠르게 올라갑니다. 비교를 위해 무작위 순서도 함께 그립니다.`,
    steps: "곡선의 단계 수",
    notYet: "아직 재지 않음",
    measuring: "단계마다 네트워크에 묻는 중",
    cancel: "중지",
    kinds: { deletion: "삭제 (낮을수록 좋음)", insertion: "삽입 (높을수록 좋음)" },
    orders: { map: "맵의 순서", random: "무작위 순서" },
    changed: { deletion: "빼낸 픽셀의 비율", insertion: "다시 넣은 픽셀의 비율" },
    probability: "확률",
    area: (order: string) => `곡선 아래 넓이, ${order}`,
    curvesQuestion: "픽셀 자리에 넣는 것을 바꿔 보세요. 같은 맵인데 넓이가 달라집니다. 맵이 더 좋아진 걸까요?",
    curvesAnswer:
      "아닙니다. 이 숫자는 맵과 네트워크와 채우는 방법을 한꺼번에 잽니다. 흐린 사진에는 색과 큰 모양이 남고, 한 가지 색에는 아무것도 남지 않는 대신 새로운 가장자리가 생깁니다. 맵 말고 모든 조건이 같을 때에만 넓이를 비교할 수 있습니다.",
    chanceQuestion:
      "삭제 그래프에서는 무작위 순서가 맵의 순서만큼, 때로는 더 빠르게 떨어집니다. 맵이 쓸모없다는 뜻일까요?",
    chanceAnswer:
      "그렇게 단정할 수는 없습니다. 흩어진 구멍은 모든 윤곽과 질감을 한꺼번에 망가뜨려 네트워크가 본 적 없는 사진을 만듭니다. 맵은 덩어리째 빼내고 나머지는 그대로 둡니다. 그러니 삭제는 낯섦도 함께 잽니다. 사진에서는 삽입이 차이를 더 잘 보여 줍니다. 제자리에 놓인 덩어리 하나면 충분하지만, 흩어진 픽셀은 거의 다 돌아올 때까지 아무것도 보여 주지 못합니다.",
    adversary: "두 번째 시선: 적대적 지우기",
    adversaryLead:
      "분류기는 가장 결정적인 부분만 있으면 되므로 맵도 그 부분만 덮습니다. ACoL은 더 묻습니다. 첫 번째 맵이 가리킨 곳을 지우고 다시 본 다음, 곳마다 두 맵 가운데 큰 값을 취합니다.",
    delta: "첫 번째 맵이 이 값 이상인 곳을 지우기 (delta)",
    firstLook: "첫 번째 시선",
    without: "그곳을 지운 사진",
    secondLook: "두 번째 시선",
    union: "둘 중 큰 값",
    looks: ({ name, before, after, first, union }: LooksFacts) =>
      `“${name}”: 지우기 전 ${before}, 두 번째 시선에서 ${after}. delta 이상인 넓이는 첫 번째 맵에서 ${first}, 둘을 합치면 ${union}입니다.`,
    adversaryHonest:
      "이것은 학습이 끝난 네트워크와 사진으로 그 생각만 보여 줍니다. 실제 ACoL에는 헤드가 두 개 있고, 사진이 아니라 특징 맵에서 지우며, 학습의 매 단계에서 지우므로 두 번째 헤드가 나머지를 찾도록 배웁니다 (Zhang 등, 2018).",
    adversaryQuestion: "두 번째 맵은 지운 자국이나 엉뚱한 곳에 놓이기도 합니다. 왜 그럴까요?",
    adversaryAnswer:
      "이 네트워크는 가장 좋아하는 근거 없이 판단하는 법을 배운 적이 없습니다. 클래스의 근거가 남지 않으면 그나마 덜 나쁜 곳이 이깁니다. 맵은 아무리 적은 것을 말해도 0에서 1까지 늘려지기 때문입니다. ACoL의 두 번째 헤드는 지워진 특징으로 학습하므로, 그 맵은 더할 가치가 있습니다.",
  },
});
