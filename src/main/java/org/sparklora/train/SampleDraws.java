package org.sparklora.train;

import java.util.Optional;
import java.util.stream.LongStream;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.objective.NoiseSampler;
import org.sparklora.train.objective.Objective;

/**
 * Reads samples, and draws posterior sample, noise and timestep for them, by keys made of the seed,
 * the step and the sample's position in the step. Thread-safe: what it gives is a function of step
 * and position alone.
 */
public final class SampleDraws {
  private final Objective objective;
  private final SampleSource samples;
  private final Optional<ClassSamples> classSamples;
  private final LoraGradientComputer.Draw draw;
  private final CaptionStates captions;
  private final NoiseSampler noises;

  /** Draws of samples whose captions are encoded when they are needed. */
  public SampleDraws(
      Objective objective,
      SampleSource samples,
      Optional<ClassSamples> classSamples,
      LoraGradientComputer.Draw draw) {
    this(objective, samples, classSamples, draw, CaptionStates.NONE);
  }

  /**
   * @param samples of the run; any thread may ask for them
   * @param classSamples class images; a micro-batch takes as many of them as of the others, and
   *     puts them last
   * @param captions that are read with their samples
   */
  public SampleDraws(
      Objective objective,
      SampleSource samples,
      Optional<ClassSamples> classSamples,
      LoraGradientComputer.Draw draw,
      CaptionStates captions) {
    this.objective = objective;
    this.samples = samples;
    this.classSamples = classSamples;
    this.draw = draw;
    this.captions = captions;
    this.noises = new NoiseSampler(objective.noiseConfig(), draw.seed());
  }

  /** Places of a micro-batch in its step: those of class images come after all others'. */
  long[] slots(int microBatch) {
    long first = (long) microBatch * draw.trainBatchSize();
    LongStream own = LongStream.range(first, first + draw.trainBatchSize());
    LongStream ofClass = LongStream.range(first, first + draw.trainBatchSize());
    return classSamples.isEmpty()
        ? own.toArray()
        : LongStream.concat(own, ofClass.map(slot -> slotsOfStep() + slot)).toArray();
  }

  /** The sample of a place in a step. */
  DrawnSample at(long step, long slot) {
    return draw(read(step, slot), step, slot);
  }

  /** What is read for a place in a step. */
  record Read(TrainingSample sample, Optional<CaptionStates.Encoded> caption) {}

  /** Reads the sample of a place, and its caption if that is stored. It waits for the store. */
  Read read(long step, long slot) {
    TrainingSample sample = sample(step, slot);
    return new Read(sample, captions.find(sample.tokenIds()));
  }

  /** Draws for what was read for this place. It only computes. */
  DrawnSample draw(Read read, long step, long slot) {
    TrainingSample sample = read.sample();
    float[] x = latents(sample, step, slot);
    float[] e = noises.noise(x, sample.channels(), sample.height(), sample.width(), step, slot);
    int timestep = objective.drawTimestep(random(Purpose.TIMESTEP, step, slot));
    return new DrawnSample(sample, x, e, noises.perturbed(e, step, slot), timestep, read.caption());
  }

  private long slotsOfStep() {
    return (long) draw.microBatches() * draw.trainBatchSize();
  }

  private TrainingSample sample(long step, long slot) {
    long ofRun = step * slotsOfStep() + slot;
    return slot < slotsOfStep()
        ? samples.at(ofRun)
        : classSamples.orElseThrow().samples().at(ofRun - slotsOfStep());
  }

  private float[] latents(TrainingSample sample, long step, long slot) {
    float[] mean = sample.mean();
    float[] latents = mean.clone();
    sample
        .logVariance()
        .ifPresent(
            logVariance -> {
              float[] normals = random(Purpose.POSTERIOR, step, slot).normals(mean.length);
              for (int i = 0; i < latents.length; i++) {
                latents[i] += (float) StrictMath.exp(0.5 * logVariance[i]) * normals[i];
              }
            });
    for (int i = 0; i < latents.length; i++) {
      latents[i] *= (float) draw.latentScale();
    }
    return latents;
  }

  private KeyedRandom random(Purpose purpose, long step, long slot) {
    return KeyedRandom.of(draw.seed(), purpose, step, slot);
  }
}
