import { bilingual } from "../store/language.ts";

interface BenchWords {
  readonly lead: string;
  readonly howTo: readonly string[];
  /** What the English of the page in the frame means. */
  readonly english: string | undefined;
  readonly title: string;
  readonly alone: string;
  readonly question: string;
  readonly answer: string;
}

export const benchWords = bilingual<BenchWords>({
  en: {
    lead: "How fast is each operation on your GPU, and how much faster could it be? This page times the very shaders that the other views run on.",
    howTo: [
      "Choose a kernel or a network and press Run; keep this tab in front, since browsers slow hidden pages down.",
      "The table says for each variant the median, the least and the 90th percentile of its times, and how near it comes to this GPU's ceiling. A variant whose result is wrong gets no times: a fast kernel that computes something else does not count.",
      "In the roofline plot each kernel is a dot: how much arithmetic it does for each byte it moves, against how much arithmetic a second it reached. The roof above it, which is measured too, is what this GPU can do: sloped where memory is the limit, flat where arithmetic is.",
      "JSON holds every number, to compare two machines or two versions; Report is this page's result as one file.",
    ],
    english: undefined,
    title: "Benchmark",
    alone: "The benchmark in a tab of its own",
    question: "A ReLU lies far below the flat roof although it could hardly be faster. How can that be?",
    answer:
      "It reads 4 bytes and writes 4 bytes for a single comparison, so memory is its limit: what counts for it is the sloped part of the roof. A convolution uses each number that it reads many times over, and there the flat part counts.",
  },
  ko: {
    lead: "여러분의 GPU에서 연산 하나하나는 얼마나 빠르고, 얼마나 더 빨라질 수 있을까요? 다른 보기들이 쓰는 셰이더를 그대로 재는 페이지입니다.",
    howTo: [
      "커널이나 모델을 고르고 Run을 누릅니다. 브라우저는 가려진 페이지를 느리게 하므로 이 탭을 앞에 두세요.",
      "표에는 구현마다 시간의 중앙값, 최솟값, 90 백분위수와 이 GPU의 한계에 얼마나 가까운지가 나옵니다. 결과가 틀린 구현에는 시간이 없습니다. 다른 것을 계산하는 빠른 커널은 쓸모가 없기 때문입니다.",
      "루프라인 그림에서 점 하나가 커널 하나입니다. 가로는 옮기는 바이트당 연산의 수, 세로는 실제로 도달한 초당 연산의 수입니다. 위의 지붕은 이 GPU의 한계를 직접 잰 것으로, 기울어진 곳은 메모리가, 평평한 곳은 연산이 한계입니다.",
      "JSON에는 모든 숫자가 들어 있어 두 기기나 두 버전을 비교할 수 있고, Report는 이 결과를 파일 하나로 담은 것입니다.",
    ],
    english:
      "아래 상자 안의 페이지는 영어입니다. Kernel은 커널, Shapes는 텐서의 크기, Variant는 구현, Network는 모델, Phases는 잴 구간(순전파, Grad-CAM), Batch는 배치 크기, Budget은 하나를 재는 데 쓸 시간(밀리초)입니다. 결과 표에서 median은 중앙값, p90은 90 백분위수, % of ceiling은 이 GPU의 한계에 대한 비율입니다.",
    title: "벤치마크",
    alone: "벤치마크를 새 탭에서 열기",
    question: "ReLU는 더 빨라질 수 없을 만큼 빠른데도 평평한 지붕보다 한참 아래에 있습니다. 왜 그럴까요?",
    answer:
      "비교 한 번을 위해 4바이트를 읽고 4바이트를 쓰므로 메모리가 한계이기 때문입니다. ReLU에는 지붕의 기울어진 부분이 기준입니다. 합성곱은 읽은 수를 여러 번 쓰므로 평평한 부분이 기준이 됩니다.",
  },
});
