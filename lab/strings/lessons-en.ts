import type { LessonWords } from "./lessons.ts";

export const englishSteps: readonly LessonWords[] = [
  {
    title: "A map for a class",
    about: "A heat map answers one question: where in the picture is what speaks for this class?",
    tasks: [
      "Look at the map for the class 7, then choose another class from the list.",
      "Move the pointer over the map and watch where the value jumps. Count the cells from left to right.",
    ],
    question: "The map has only 3 × 3 values. Where does this number come from?",
    choices: [
      "The picture is made smaller before the network sees it.",
      "The layer that the map is made at has 3 × 3 positions, and each is one cell of the map.",
      "The map is smoothed so that it looks nicer.",
    ],
    answer:
      "The map is made of a layer's feature maps, cell by cell. This network halves height and width three times: 28, 14, 7, 3. What you see between the cells is interpolation, which knows nothing more. Choosing another class leaves the features as they are; only their weights change.",
    remember: "A heat map belongs to one class and one layer, and is as fine as that layer.",
  },
  {
    title: "From places to a verdict",
    about: "Follow the picture down through the network: what happens to its height, its width, its channels?",
    tasks: [
      "Go down the list and read the shapes: height × width × channels.",
      "Open a convolution and look at its channels. Then find the first operation whose output has no height and width.",
    ],
    question: "At which layers could a Grad-CAM map be made?",
    choices: [
      "Only at the last convolution.",
      "At every layer whose output has height and width.",
      "At any layer, the dense ones too.",
    ],
    answer:
      "A map wants places, so every layer with height and width will do. The last of them is the usual choice: there the features mean the most, and the places are still known. After the flatten, a number no longer says where it came from.",
    remember: "On the way down the network trades places for meaning. Grad-CAM listens where both are still there.",
  },
  {
    title: "There and back on one tape",
    about:
      "The forward pass is recorded. The gradient is that recording walked backwards, one operation after the other.",
    tasks: [
      "Play the tape, or step through it: first forward, then backward.",
      "On the way back, look at the formula of a convolution and of a ReLU, and at what they need from the way forward.",
    ],
    question: "You ask for another class on the same picture. How much has to be computed?",
    choices: [
      "Forward and backward once more.",
      "Nothing: all classes are computed together.",
      "Only another walk back; the forward pass is still on the tape.",
    ],
    answer:
      "The activations do not depend on the class, and the tape keeps them. Another class is another seed at the top: the walk back runs again, and only as far as the layer that is asked about. That is why every view here explains one and the same recording.",
    remember:
      "Forward once, then one walk back for each question. Every operation turns dy into dx by a rule of its own.",
  },
  {
    title: "What is being explained",
    about: "A gradient is always the gradient of one number. The seed says which.",
    tasks: [
      "Compare the logit with the probability: the norm of what arrives at the layer, and the range under each map.",
      "Read how sure the network is of this picture, and what p (1 − p) is for it.",
    ],
    question: "The network is almost certain here. Why is the gradient of the probability so tiny?",
    choices: [
      "The softmax is saturated: dp/dz = p (1 − p), which is nearly 0 where p is nearly 1.",
      "The layer found little evidence for the class.",
      "The computer rounds the numbers.",
    ],
    answer:
      "The logit's gradient is as large as ever, so evidence there is. But once p is nearly 1, more evidence hardly raises it, and the factor p (1 − p) makes every number small alike. The map's shape survives, since a heat map is divided by its maximum; its digits suffer.",
    remember: "Explain the logit; take a difference of two logits to ask “why this and not that?”.",
  },
  {
    title: "Where alpha comes from",
    about: "The heart of Grad-CAM: each channel of the layer gets one weight, alpha.",
    tasks: [
      "Choose a channel: look at its gradient, cell by cell, and at the mean below.",
      "Switch all channels off and press Play. Then choose a cell and check the sum, number by number.",
    ],
    question: "Where does alpha of channel k come from?",
    choices: [
      "It is a weight that the network learned.",
      "It is the mean, over all positions, of the gradient of the class score with respect to channel k.",
      "It is the mean of what channel k shows on this picture.",
    ],
    answer:
      "The gradient says for each cell of channel k how much the score would rise with a little more of it; alpha is the mean of these numbers. So it is large where the score depends on the channel, negative where the channel speaks against the class, and it changes with class and picture. The map is the sum of alpha times the channel itself, without what is negative.",
    remember: "alpha_k = mean of ∂y/∂A_k; map = ReLU(Σ alpha_k · A_k).",
  },
  {
    title: "Why CAM fails on VGG16",
    about: "CAM came first and needs no gradient at all. Why was Grad-CAM needed?",
    tasks: [
      "With the network that pools globally: compare both maps, and read the largest difference between w and Z · alpha.",
      "Switch to the digit network with dense layers, which ends as VGG16 does, and read what the library says.",
    ],
    question: "VGG16 flattens its features and has three dense layers. Why is there no CAM?",
    choices: [
      "VGG16 is too deep for the classifier's weights to matter.",
      "VGG16 has no ReLU before its output.",
      "There is no one weight for each channel and class: each cell of each channel has weights of its own, and other layers follow.",
    ],
    answer:
      "CAM takes the classifier's weight of each channel, which exists only where every channel is averaged to one number that goes straight into the class scores. After a flatten each position has its own weights, into hidden units and not into classes. Grad-CAM asks the gradient instead, which any network has; where there is global average pooling it gives the same weights, but for the constant: w = Z · alpha.",
    remember:
      "CAM needs global pooling and one dense layer. Grad-CAM is CAM where CAM exists, and works where it does not.",
  },
  {
    title: "Sharp, but for which class?",
    about: "On the way back, every ReLU is a gate. Guided backprop closes it more often, and its pictures look sharp.",
    tasks: [
      "Compare the three rules: what passes in each quadrant?",
      "Look at the three pictures below, choose another class, and watch which of them change.",
    ],
    question: "Why do guided pictures look nearly alike for every class?",
    choices: [
      "Every gate throws away what is negative; what is left follows the strong edges of the picture, whichever class sent the signal.",
      "Because the network is very sure of this picture.",
      "Because guided backprop never looks at the gradient.",
    ],
    answer:
      "Two classes differ in which channels they want more of and which less. The guided rule cuts off “less” at every gate, so what tells the classes apart is lost on the way, and what remains are the paths on which everything was active and positive: the edges. Size differs from class to class, the pattern hardly. That is why Guided Grad-CAM takes the place from Grad-CAM and only the detail from here.",
    remember: "Sharp is not the same as faithful. Ask of every map: does it change when the class changes?",
  },
  {
    title: "What a pool sends back",
    about: "Pooling throws numbers away on the way forward. On the way back somebody must get the gradient.",
    tasks: [
      "Choose a window of the max-pool: find its greatest number, and where dy goes.",
      "Compare global average pooling and global max-pooling: what arrives at each cell?",
    ],
    question: "A 2 × 2 max-pool window holds 1, 4, 2, 0, and dy = 3 arrives. What do the four cells get?",
    choices: ["0.75 each", "3 where the 4 is, 0 elsewhere", "3 each"],
    answer:
      "Only the greatest value was passed on, so only it can change the result: it gets all of dy. Average pooling used all values alike and so sends dy / (h · w) to every cell. In training, average pooling therefore rewards every position that shows the class, and global max-pooling a single telling spot: CAM prefers the average, which covers more of the object.",
    remember: "Max-pooling routes the gradient, average pooling spreads it.",
  },
];
