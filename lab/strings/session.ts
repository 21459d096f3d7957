import { bilingual } from "../store/language.ts";

export const sessionWords = bilingual({
  en: {
    recovered: "The GPU went away and came back. The network and the picture were loaded again.",
    lostAgain: "The GPU went away twice in a short time. Reload the page; if it happens again, restart the browser.",
  },
  ko: {
    recovered: "GPU 연결이 끊겼다가 돌아왔습니다. 모델과 사진을 다시 불러왔습니다.",
    lostAgain:
      "짧은 시간에 GPU 연결이 두 번 끊겼습니다. 페이지를 새로 고치고, 다시 발생하면 브라우저를 다시 시작하세요.",
  },
});
