import type { KnownFile } from "./registry.ts";

/** Where Keras' applications fetch their ImageNet weights, as the sources of Keras 3.15 say: application, title, address,
 * and the MD5 or SHA-256 where Keras gives one. `python tools/convert/applications.py --files` prints them. None of these
 * files could be fetched where this was written: nobody has checked that they are still there, nor how large they are. */
const rows: readonly (readonly [name: string, title: string, address: string, hash?: string])[] = [
  [
    "vgg19",
    "VGG19",
    "tensorflow/keras-applications/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels.h5",
    "cbe5617147190e668d6c5d5026f83318",
  ],
  [
    "vgg19-notop",
    "VGG19",
    "tensorflow/keras-applications/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "253f8cb515780f3b799900260a226db6",
  ],
  [
    "resnet101",
    "ResNet101",
    "tensorflow/keras-applications/resnet/resnet101_weights_tf_dim_ordering_tf_kernels.h5",
    "f1aeb4b969a6efcfb50fad2f0c20cfc5",
  ],
  [
    "resnet101-notop",
    "ResNet101",
    "tensorflow/keras-applications/resnet/resnet101_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "88cf7a10940856eca736dc7b7e228a21",
  ],
  [
    "resnet152",
    "ResNet152",
    "tensorflow/keras-applications/resnet/resnet152_weights_tf_dim_ordering_tf_kernels.h5",
    "100835be76be38e30d865e96f2aaae62",
  ],
  [
    "resnet152-notop",
    "ResNet152",
    "tensorflow/keras-applications/resnet/resnet152_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "ee4c566cf9a93f14d82f913c2dc6dd0c",
  ],
  [
    "resnet50v2",
    "ResNet50V2",
    "tensorflow/keras-applications/resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels.h5",
    "3ef43a0b657b3be2300d5770ece849e0",
  ],
  [
    "resnet50v2-notop",
    "ResNet50V2",
    "tensorflow/keras-applications/resnet/resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "fac2f116257151a9d068a22e544a4917",
  ],
  [
    "resnet101v2",
    "ResNet101V2",
    "tensorflow/keras-applications/resnet/resnet101v2_weights_tf_dim_ordering_tf_kernels.h5",
    "6343647c601c52e1368623803854d971",
  ],
  [
    "resnet101v2-notop",
    "ResNet101V2",
    "tensorflow/keras-applications/resnet/resnet101v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "c0ed64b8031c3730f411d2eb4eea35b5",
  ],
  [
    "resnet152v2",
    "ResNet152V2",
    "tensorflow/keras-applications/resnet/resnet152v2_weights_tf_dim_ordering_tf_kernels.h5",
    "a49b44d1979771252814e80f8ec446f9",
  ],
  [
    "resnet152v2-notop",
    "ResNet152V2",
    "tensorflow/keras-applications/resnet/resnet152v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "ed17cf2e0169df9d443503ef94b23b33",
  ],
  ["mobilenet", "MobileNet", "tensorflow/keras-applications/mobilenet/mobilenet_1_0_224_tf.h5"],
  ["mobilenet-notop", "MobileNet", "tensorflow/keras-applications/mobilenet/mobilenet_1_0_224_tf_no_top.h5"],
  [
    "mobilenetv2",
    "MobileNetV2",
    "tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
  ],
  [
    "mobilenetv2-notop",
    "MobileNetV2",
    "tensorflow/keras-applications/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
  ],
  [
    "mobilenetv3small",
    "MobileNetV3Small",
    "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float.h5",
    "8768d4c2e7dee89b9d02b2d03d65d862",
  ],
  [
    "mobilenetv3small-notop",
    "MobileNetV3Small",
    "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
    "d3e8ec802a04aa4fc771ee12a9a9b836",
  ],
  [
    "mobilenetv3large",
    "MobileNetV3Large",
    "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float.h5",
    "59e551e166be033d707958cf9e29a6a7",
  ],
  [
    "mobilenetv3large-notop",
    "MobileNetV3Large",
    "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
    "07fb09a5933dd0c8eaafa16978110389",
  ],
  [
    "densenet121",
    "DenseNet121",
    "tensorflow/keras-applications/densenet/densenet121_weights_tf_dim_ordering_tf_kernels.h5",
    "9d60b8095a5708f2dcce2bca79d332c7",
  ],
  [
    "densenet121-notop",
    "DenseNet121",
    "tensorflow/keras-applications/densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "30ee3e1110167f948a6b9946edeeb738",
  ],
  [
    "densenet169",
    "DenseNet169",
    "tensorflow/keras-applications/densenet/densenet169_weights_tf_dim_ordering_tf_kernels.h5",
    "d699b8f76981ab1b30698df4c175e90b",
  ],
  [
    "densenet169-notop",
    "DenseNet169",
    "tensorflow/keras-applications/densenet/densenet169_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "b8c4d4c20dd625c148057b9ff1c1176b",
  ],
  [
    "densenet201",
    "DenseNet201",
    "tensorflow/keras-applications/densenet/densenet201_weights_tf_dim_ordering_tf_kernels.h5",
    "1ceb130c1ea1b78c3bf6114dbdfd8807",
  ],
  [
    "densenet201-notop",
    "DenseNet201",
    "tensorflow/keras-applications/densenet/densenet201_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "c13680b51ded0fb44dff2d8f86ac8bb1",
  ],
  [
    "inceptionv3",
    "InceptionV3",
    "tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
    "9a0d58056eeedaa3f26cb7ebd46da564",
  ],
  [
    "inceptionv3-notop",
    "InceptionV3",
    "tensorflow/keras-applications/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "bcbd6486424b2319ff4ef7d526e38f63",
  ],
  [
    "xception",
    "Xception",
    "tensorflow/keras-applications/xception/xception_weights_tf_dim_ordering_tf_kernels.h5",
    "0a58e3b7378bc2990ea3b43d5981f1f6",
  ],
  [
    "xception-notop",
    "Xception",
    "tensorflow/keras-applications/xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "b0042744bf5b25fce3cb969f33bebb97",
  ],
  ["efficientnetb0", "EfficientNetB0", "keras-applications/efficientnetb0.h5", "902e53a9f72be733fc0bcb005b3ebbac"],
  [
    "efficientnetb0-notop",
    "EfficientNetB0",
    "keras-applications/efficientnetb0_notop.h5",
    "50bc09e76180e00e4465e1a485ddc09d",
  ],
  ["efficientnetb1", "EfficientNetB1", "keras-applications/efficientnetb1.h5", "1d254153d4ab51201f1646940f018540"],
  [
    "efficientnetb1-notop",
    "EfficientNetB1",
    "keras-applications/efficientnetb1_notop.h5",
    "74c4e6b3e1f6a1eea24c589628592432",
  ],
  ["efficientnetb2", "EfficientNetB2", "keras-applications/efficientnetb2.h5", "b15cce36ff4dcbd00b6dd88e7857a6ad"],
  [
    "efficientnetb2-notop",
    "EfficientNetB2",
    "keras-applications/efficientnetb2_notop.h5",
    "111f8e2ac8aa800a7a99e3239f7bfb39",
  ],
  ["efficientnetb3", "EfficientNetB3", "keras-applications/efficientnetb3.h5", "ffd1fdc53d0ce67064dc6a9c7960ede0"],
  [
    "efficientnetb3-notop",
    "EfficientNetB3",
    "keras-applications/efficientnetb3_notop.h5",
    "af6d107764bb5b1abb91932881670226",
  ],
  ["efficientnetb4", "EfficientNetB4", "keras-applications/efficientnetb4.h5", "18c95ad55216b8f92d7e70b3a046e2fc"],
  [
    "efficientnetb4-notop",
    "EfficientNetB4",
    "keras-applications/efficientnetb4_notop.h5",
    "ebc24e6d6c33eaebbd558eafbeedf1ba",
  ],
  ["efficientnetb5", "EfficientNetB5", "keras-applications/efficientnetb5.h5", "ace28f2a6363774853a83a0b21b9421a"],
  [
    "efficientnetb5-notop",
    "EfficientNetB5",
    "keras-applications/efficientnetb5_notop.h5",
    "38879255a25d3c92d5e44e04ae6cec6f",
  ],
  ["efficientnetb6", "EfficientNetB6", "keras-applications/efficientnetb6.h5", "165f6e37dce68623721b423839de8be5"],
  [
    "efficientnetb6-notop",
    "EfficientNetB6",
    "keras-applications/efficientnetb6_notop.h5",
    "9ecce42647a20130c1f39a5d4cb75743",
  ],
  ["efficientnetb7", "EfficientNetB7", "keras-applications/efficientnetb7.h5", "8c03f828fec3ef71311cd463b6759d99"],
  [
    "efficientnetb7-notop",
    "EfficientNetB7",
    "keras-applications/efficientnetb7_notop.h5",
    "cbcfe4450ddf6f3ad90b1b398090fe4a",
  ],
  [
    "nasnetmobile",
    "NASNetMobile",
    "tensorflow/keras-applications/nasnet/NASNet-mobile.h5",
    "020fb642bf7360b370c678b08e0adf61",
  ],
  [
    "nasnetmobile-notop",
    "NASNetMobile",
    "tensorflow/keras-applications/nasnet/NASNet-mobile-no-top.h5",
    "1ed92395b5b598bdda52abe5c0dbfd63",
  ],
  [
    "convnexttiny",
    "ConvNeXtTiny",
    "tensorflow/keras-applications/convnext/convnext_tiny.h5",
    "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
  ],
  [
    "convnexttiny-notop",
    "ConvNeXtTiny",
    "tensorflow/keras-applications/convnext/convnext_tiny_notop.h5",
    "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
  ],
];

const host = "https://storage.googleapis.com";
/** Keras keeps these under another name than the server does. */
const kerasNames: Readonly<Record<string, string>> = {
  "NASNet-mobile.h5": "nasnet_mobile.h5",
  "NASNet-mobile-no-top.h5": "nasnet_mobile_no_top.h5",
};

/** The published ImageNet weights whose sizes are not known. */
export const publishedFiles: readonly KnownFile[] = rows.map(([name, title, address, hash]) => {
  const file = address.slice(address.lastIndexOf("/") + 1);
  const kerasFile = kerasNames[file] ?? file;
  return {
    name,
    title: `${title}, ImageNet, ${name.endsWith("-notop") ? "convolutions only" : "with its classifier"}`,
    file: kerasFile,
    kerasFile,
    urls: [`${host}/${address}`],
    ...(hash === undefined ? {} : hash.length === 32 ? { md5: hash } : { sha256: hash }),
  };
});
