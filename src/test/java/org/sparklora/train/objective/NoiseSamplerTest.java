package org.sparklora.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.Fixtures;

class NoiseSamplerTest {
  private static final int SEED = 7;

  @Test
  void pyramidNoiseMatchesItsFormulaInTorch() {
    JsonNode reference = Fixtures.cases("pyramid_noise.json").get(0);
    PyramidNoise pyramid = new PyramidNoise(2, 3, 4);
    float[] noise = new float[24];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = ((i * 13 + 3) % 97 - 48) / 32f;
    }
    for (int i = 0; i < reference.get("levels").size(); i++) {
      JsonNode level = reference.get("levels").get(i);
      int h = level.get(0).intValue();
      int w = level.get(1).intValue();
      float[] drawn = new float[2 * h * w];
      for (int j = 0; j < drawn.length; j++) {
        drawn[j] = ((j * 7 + i) % 23 - 11) / 8f;
      }
      pyramid.addLevel(noise, drawn, h, w, level.get(2).doubleValue());
    }
    PyramidNoise.toUnitDeviation(noise);
    Fixtures.assertClose(noise, reference.get("noise"), 1e-6);
  }

  @Test
  void pyramidNoiseHasUnitDeviationAndTheSameBitsForTheSameKey() {
    NoiseSampler sampler = new NoiseSampler(new NoiseConfig(0, 0, 6, 0.4, 0, false, false), SEED);
    float[] noise = sampler.noise(new float[4 * 16 * 8], 4, 16, 8, 3, 5);
    assertThat(noise).isEqualTo(sampler.noise(new float[4 * 16 * 8], 4, 16, 8, 3, 5));
    double squares = 0;
    for (float value : noise) {
      squares += value * value;
    }
    assertThat(Math.sqrt(squares / noise.length)).isCloseTo(1, within(0.2));
    assertThat(sampler.perturbed(noise, 3, 5)).isSameAs(noise);
  }

  @Test
  void anAdaptiveOffsetGrowsWithAChannelsMean() {
    float[] latents = new float[2 * 4];
    for (int i = 0; i < 4; i++) {
      latents[i] = -2; // channel 0; channel 1 has mean 0
    }
    float[] offset =
        new NoiseSampler(new NoiseConfig(0.1, 0.5, 0, 0.3, 0, false, false), SEED)
            .noise(latents, 2, 2, 2, 0, 0);
    float[] plain = new NoiseSampler(NoiseConfig.offset(0), SEED).noise(latents, 2, 2, 2, 0, 0);
    float[] drawn = KeyedRandom.of(SEED, Purpose.NOISE_OFFSET, 0, 0).normals(2);
    assertThat(offset[0] - plain[0]).isCloseTo(1.1f * drawn[0], within(1e-6f));
    assertThat(offset[4] - plain[4]).isCloseTo(0.1f * drawn[1], within(1e-6f));
  }

  @Test
  void aRandomStrengthOfTheOffsetIsDrawnForEachPicture() {
    NoiseConfig config = new NoiseConfig(0.4, 0, 0, 0.3, 0, false, true);
    for (int slot = 0; slot < 3; slot++) {
      float[] offset = new NoiseSampler(config, SEED).noise(new float[8], 2, 2, 2, 0, slot);
      float[] plain =
          new NoiseSampler(NoiseConfig.PLAIN, SEED).noise(new float[8], 2, 2, 2, 0, slot);
      KeyedRandom random = KeyedRandom.of(SEED, Purpose.NOISE_OFFSET, 0, slot);
      double strength = 0.4 * random.uniform();
      assertThat(strength).isBetween(0.0, 0.4);
      float[] drawn = random.normals(2);
      assertThat(offset[0] - plain[0]).isCloseTo((float) strength * drawn[0], within(1e-6f));
      assertThat(offset[7] - plain[7]).isCloseTo((float) strength * drawn[1], within(1e-6f));
    }
  }

  @Test
  void aPerturbationIsInTheInputAlone() {
    NoiseSampler sampler = new NoiseSampler(new NoiseConfig(0, 0, 0, 0.3, 0.1, false, false), SEED);
    float[] noise = sampler.noise(new float[8], 2, 2, 2, 0, 0);
    float[] more = KeyedRandom.of(SEED, Purpose.INPUT_PERTURBATION, 0, 0).normals(8);
    float[] perturbed = sampler.perturbed(noise, 0, 0);
    for (int i = 0; i < 8; i++) {
      assertThat(perturbed[i]).isEqualTo(noise[i] + 0.1f * more[i]);
    }
    float[] random =
        new NoiseSampler(new NoiseConfig(0, 0, 0, 0.3, 0.1, true, false), SEED)
            .perturbed(noise, 0, 0);
    assertThat(Math.abs(random[0] - noise[0])).isLessThan(0.5f).isPositive();
  }
}
