import { bilingual } from "../store/language.ts";

export const lookWords = bilingual({
  en: {
    lead: "Where did the network look, and for which class? Choose a picture, a network, and a class.",
    picture: "Picture",
    model: "Network",
    own: "Your own picture or network: drop it on the page, or",
    choose: "choose files",
    classes: "The likeliest classes",
    heat: "Grad-CAM",
  },
  ko: {
    lead: "네트워크는 어디를 보고 그 클래스라고 판단했을까요? 사진, 모델, 클래스를 골라 보세요.",
    picture: "사진",
    model: "모델",
    own: "직접 가진 사진이나 모델: 페이지에 끌어다 놓거나",
    choose: "파일 선택",
    classes: "가능성이 높은 클래스",
    heat: "Grad-CAM",
  },
});
