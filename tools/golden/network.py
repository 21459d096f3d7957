"""A Keras model re-made so that its logits and every layer can be asked for, with a choice of rule at each ReLU."""

import tensorflow as tf
import tf_keras as keras

RULES = ("gradient", "deconvnet", "guided")


class Network:
    """A clone of `model` in `dtype` with linear outputs; `rule` says what its ReLUs pass back.

    A clipped ReLU's gate is [0 < x < max]. The layer outputs are those of the original model: after the activation.
    """

    def __init__(self, model: keras.Model, dtype: str) -> None:
        self.rule = "gradient"
        self.dtype = dtype
        self.head = model.layers[-1].name
        self.final = activation_name(model.layers[-1])
        self.clone = keras.models.clone_model(model, clone_function=self._clone_layer)
        for layer, source in zip(self.clone.layers, model.layers, strict=True):
            layer.set_weights(source.get_weights())
        self.layers = [layer for layer in self.clone.layers if not isinstance(layer, keras.layers.InputLayer)]
        self.all = keras.Model(self.clone.inputs, [layer.output for layer in self.layers])

    def run(self, x, target_layer: str, target: int | None = None):
        """(layer outputs by name with logits last, target class, {place: gradient}) of one input without a batch."""
        x = tf.constant(x[None], self.dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = dict(zip([layer.name for layer in self.layers], self.all(x), strict=True))
            logits = values[self.head]
            target = int(tf.argmax(logits[0])) if target is None else target
            y = logits[0, target]
        layer, image = tape.gradient(y, [values[target_layer], x])
        outputs = {name: value.numpy()[0] for name, value in values.items()}
        return outputs, target, {"layer": layer.numpy()[0], "image": image.numpy()[0]}

    def probs(self, logits):
        """The model's own last activation, in its dtype."""
        return keras.activations.get(self.final)(tf.constant(logits[None], self.dtype)).numpy()[0]

    def _clone_layer(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config() | {"dtype": self.dtype}
        if isinstance(layer, keras.layers.ReLU):
            if config["negative_slope"] or config["threshold"]:
                raise ValueError(f"{layer.name}: only plain and clipped ReLUs have the rules")
            limit = config["max_value"]
            rule = lambda x: self._relu(x, limit)  # noqa: E731
            return keras.layers.Activation(rule, name=layer.name, dtype=self.dtype)
        out = layer.__class__.from_config(config)
        if layer.name == self.head:
            out.activation = keras.activations.linear
        elif activation_name(layer) == "relu":
            out.activation = lambda x: self._relu(x, None)
        elif activation_name(layer) not in (None, "linear"):
            raise ValueError(f"{layer.name}: no rules for the activation {activation_name(layer)}")
        return out

    def _relu(self, x, limit: float | None):
        @tf.custom_gradient
        def relu(x):
            gate = x > 0 if limit is None else (x > 0) & (x < limit)

            def backward(r):
                keep = {"gradient": gate, "deconvnet": r > 0, "guided": gate & (r > 0)}[self.rule]
                return tf.where(keep, r, tf.zeros_like(r))

            return (tf.nn.relu(x) if limit is None else tf.clip_by_value(x, 0, limit)), backward

        return relu(x)


def activation_name(layer: keras.layers.Layer) -> str | None:
    activation = getattr(layer, "activation", None)
    return None if activation is None else keras.activations.serialize(activation)
