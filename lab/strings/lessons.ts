import { bilingual } from "../store/language.ts";
import { englishSteps } from "./lessons-en.ts";
import { koreanSteps } from "./lessons-ko.ts";

/** The words of one lesson. */
export interface LessonWords {
  readonly title: string;
  /** What it is about, in a sentence or two. */
  readonly about: string;
  readonly tasks: readonly string[];
  readonly question: string;
  readonly choices: readonly string[];
  /** Which is right, and why. */
  readonly answer: string;
  readonly remember: string;
}

export const lessonsWords = bilingual({
  en: {
    lead: "Eight steps through the first eight views, about twenty minutes in all. In each, look and try first, then answer the question, and only then open the reason.",
    done: (count: number, all: number) => `${count} of ${all} answered`,
    forget: "Begin anew",
    isRight: "right",
    isAnswered: "answered",
    open: (view: string) => `Open “${view}”`,
    numbered: (number: number, all: number) => `Lesson ${number} of ${all}`,
    question: "The question",
    answerFirst: "Choose an answer; the reason can be opened then.",
    right: "That is right.",
    wrong: "Not quite. Read the reason, and look again.",
    reason: "The reason",
    remember: "Remember:",
    back: "Back to this lesson's view",
    next: "Next lesson",
    all: "All lessons",
    end: "End the lessons",
    steps: englishSteps,
  },
  ko: {
    lead: "처음 여덟 개의 보기를 여덟 단계로 둘러봅니다. 모두 20분쯤 걸립니다. 단계마다 먼저 보고 만져 본 다음 질문에 답하고, 그 뒤에 이유를 열어 보세요.",
    done: (count: number, all: number) => `${all}개 가운데 ${count}개에 답함`,
    forget: "처음부터 다시",
    isRight: "정답",
    isAnswered: "답함",
    open: (view: string) => `“${view}” 열기`,
    numbered: (number: number, all: number) => `수업 ${number}/${all}`,
    question: "질문",
    answerFirst: "답을 고르면 이유를 열어 볼 수 있습니다.",
    right: "맞았습니다.",
    wrong: "아쉽지만 아닙니다. 이유를 읽고 다시 살펴보세요.",
    reason: "이유",
    remember: "기억하기:",
    back: "이 수업의 보기로 돌아가기",
    next: "다음 수업",
    all: "모든 수업",
    end: "수업 끝내기",
    steps: koreanSteps,
  },
});
