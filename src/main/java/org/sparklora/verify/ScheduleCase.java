package org.sparklora.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.model.folder.JsonFile;
import org.sparklora.util.InvalidInputException;

/**
 * A sampling run of the reference, with a model that outputs {@code s t / (t + 1)} for its input s,
 * from {@code x = arange(768).reshape(3, 8, 8, 4).permute(3, 0, 1, 2) / 768} times {@code
 * init_noise_sigma}; begun later, from x with the noise {@code 1 - x}. Noise comes from a torch
 * generator with seed 0.
 *
 * @param where the file and the case's number in it, for messages
 * @param config its scheduler_config.json
 * @param start the index of the first timestep: above 0 for image to image
 * @param trajectory after each step: the mean absolute value of the sample, and its element 7
 * @param last every n-th element of the last sample
 */
record ScheduleCase(
    String where,
    String scheduler,
    JsonNode config,
    int steps,
    int start,
    float[] timesteps,
    double initNoiseSigma,
    double[][] trajectory,
    float[] last) {
  /**
   * All cases of a file.
   *
   * @throws InvalidInputException (DATA) when the file does not have this form, or a value is
   *     missing
   */
  static List<ScheduleCase> read(Path file) {
    JsonNode cases;
    try {
      cases = JsonFile.read(file, file.getFileName().toString()).path("cases");
    } catch (InvalidInputException e) {
      throw InvalidInputException.data(
          "Invalid reference "
              + file
              + ": neither a folder of reference tensors nor a JSON file; "
              + e.getMessage(),
          e);
    }
    if (!cases.isArray() || cases.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid reference " + file + ": expected a list \"cases\" of sampling runs.");
    }
    List<ScheduleCase> read = new ArrayList<>();
    for (JsonNode json : cases) {
      read.add(new Reader(file + ", case " + read.size(), json).read());
    }
    return read;
  }

  /** Reads one case. */
  private record Reader(String where, JsonNode json) {
    ScheduleCase read() {
      JsonNode scheduler = require("scheduler", json.path("scheduler").isTextual(), "a name");
      JsonNode config = require("config", json.path("config").isObject(), "an object");
      float[] timesteps = floats("timesteps");
      JsonNode count = json.path("steps");
      // A step has one timestep or several, so that the file's size bounds the work.
      boolean counts =
          count.isInt() && count.intValue() > 0 && count.intValue() <= timesteps.length;
      int steps =
          require("steps", counts, "a whole number from 1 to that of the timesteps").intValue();
      int start = json.path("start").asInt();
      JsonNode sigma = json.path("init_noise_sigma");
      require("init_noise_sigma", sigma.isNumber(), "a number");
      double[][] trajectory = trajectory();
      require(
          "start",
          start >= 0 && start < timesteps.length && start == timesteps.length - trajectory.length,
          "a trajectory of as many steps as there are timesteps from there on");
      float[] last = floats("final");
      require("final", last.length <= ScheduleVerification.LENGTH, "at most 768 numbers");
      return new ScheduleCase(
          where,
          scheduler.asText(),
          config,
          steps,
          start,
          timesteps,
          sigma.doubleValue(),
          trajectory,
          last);
    }

    private double[][] trajectory() {
      String key = "trajectory_mean_abs_and_element7";
      JsonNode rows = json.path(key);
      boolean pairs =
          rows.isArray()
              && rows.valueStream()
                  .allMatch(
                      row -> row.size() == 2 && row.path(0).isNumber() && row.path(1).isNumber());
      require(key, pairs, "a list of pairs of numbers");
      return rows.valueStream()
          .map(row -> new double[] {row.get(0).doubleValue(), row.get(1).doubleValue()})
          .toArray(double[][]::new);
    }

    private float[] floats(String key) {
      JsonNode list = json.path(key);
      boolean numbers =
          list.isArray() && !list.isEmpty() && list.valueStream().allMatch(JsonNode::isNumber);
      require(key, numbers, "a list of numbers");
      float[] values = new float[list.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = list.get(i).floatValue();
      }
      return values;
    }

    private static String value(JsonNode value) {
      return value.isMissingNode() || value.isContainerNode() ? "" : " " + value;
    }

    private JsonNode require(String key, boolean holds, String expected) {
      if (!holds) {
        throw InvalidInputException.data(
            "Invalid reference "
                + where
                + ": "
                + key
                + value(json.path(key))
                + "; expected "
                + expected);
      }
      return json.path(key);
    }
  }
}
