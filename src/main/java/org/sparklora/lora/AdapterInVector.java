package org.sparklora.lora;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.sparklora.lora.lycoris.FactoredUpdate;
import org.sparklora.lora.lycoris.LycorisFactors;

/**
 * Reads an adapter from the flat vector.
 *
 * @param values {@code float[layout.parameters()]}
 */
record AdapterInVector(AdapterLayout layout, float[] values) {

  /** All modules, as LoRA, and all tokens. */
  Adapter adapter() {
    return new Adapter(
        layout.modules().stream()
            .map(
                module ->
                    module
                        .lycoris()
                        .map(factors -> factored(module, factors))
                        .orElseGet(() -> lora(module)))
            .toList(),
        layout.tokens().stream().map(this::learned).toList(),
        Map.of());
  }

  private AdaptedModule lora(AdapterLayout.Module module) {
    int up = module.upOffset();
    return new AdaptedModule(
        module.network(),
        module.name(),
        module.downShape(),
        Arrays.copyOfRange(values, module.downOffset(), up),
        module.upShape(),
        Arrays.copyOfRange(values, up, up + module.upSize()),
        module.scale() * module.rank(),
        magnitude(module));
  }

  private AdaptedModule factored(AdapterLayout.Module module, LycorisFactors factors) {
    int from = module.downOffset();
    return AdaptedModule.of(
        module.network(),
        module.name(),
        module.downShape(),
        new FactoredUpdate(factors, Arrays.copyOfRange(values, from, from + factors.size())),
        module.scale(),
        Optional.empty());
  }

  private Optional<float[]> magnitude(AdapterLayout.Module module) {
    int at = module.magnitudeOffset();
    return module.dora()
        ? Optional.of(Arrays.copyOfRange(values, at, module.end()))
        : Optional.empty();
  }

  private LearnedToken learned(AdapterLayout.Token token) {
    float[][] rows =
        Stream.iterate(token.offset(), at -> at < token.end(), at -> at + token.width())
            .map(at -> Arrays.copyOfRange(values, at, at + token.width()))
            .toArray(float[][]::new);
    return new LearnedToken(token.token().token(), token.encoder(), rows);
  }
}
