package org.sparklora.spark.prepare;

import java.io.Serializable;
import java.util.OptionalLong;
import org.sparklora.data.BadImages;
import org.sparklora.data.DataConfig;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.data.order.TrainSubset;

/**
 * The part of the job's settings that every task needs.
 *
 * @param location the cache's folder
 * @param rows number of rows of the data set
 * @param keptRows number of rows to encode
 * @param stopAtBadImage whether a task ends at its first bad row
 */
record PreparePlan(
    String location,
    TrainingTransform transform,
    boolean flip,
    boolean alphaMask,
    boolean stopAtBadImage,
    long rows,
    long keptRows)
    implements Serializable {
  static PreparePlan of(DataConfig config, String location, long rows) {
    return new PreparePlan(
        location,
        config.transform(),
        config.randomFlip(),
        config.alphaMask(),
        config.onBadImage() == BadImages.FAIL,
        rows,
        new TrainSubset(config.seed(), rows, config.maxTrainSamples()).size());
  }

  TrainSubset subset() {
    return new TrainSubset(transform.seed(), rows, OptionalLong.of(keptRows));
  }
}
