package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.sparklora.data.order.SetBalance;
import org.sparklora.util.InvalidInputException;

/**
 * How a data set among several is used.
 *
 * @param numRepeats how often an epoch has each picture
 * @param isRegularisation whether its pictures only keep the model as it is: an epoch has as many
 *     of them as of the pictures of the other data sets of their sizes
 */
public record SetUse(int numRepeats, boolean isRegularisation) {
  /** Each picture once. */
  public static final SetUse ONCE = new SetUse(1, false);

  /**
   * The data sets for regularisation with those that they belong to: those of one resolution with
   * the same buckets.
   */
  static List<SetBalance> balances(List<DataConfig> sets) {
    List<SetBalance> balances = new ArrayList<>();
    for (int i = 0; i < sets.size(); i++) {
      DataConfig set = sets.get(i);
      boolean first = sets.subList(0, i).stream().noneMatch(other -> isBeside(other, set, true));
      if (set.use().isRegularisation() && first) {
        balances.add(new SetBalance(beside(sets, set, false), beside(sets, set, true)));
      }
    }
    return balances;
  }

  /**
   * Requires data sets to train on beside those for regularisation, of which an epoch has as many.
   *
   * @throws InvalidInputException (CONFIGURATION) naming the first that has none
   */
  static void requireTraining(List<DataConfig> sets) {
    for (SetBalance balance : balances(sets)) {
      if (balance.training().isEmpty()) {
        throw InvalidInputException.configuration(
            "Invalid --data_sets is_reg: "
                + sets.get(balance.regularisation().get(0)).datasetName()
                + "; it goes with a data set to train on of the same resolution and buckets, and"
                + " there is none");
      }
    }
  }

  private static List<Integer> beside(List<DataConfig> sets, DataConfig set, boolean isReg) {
    return IntStream.range(0, sets.size())
        .filter(i -> isBeside(sets.get(i), set, isReg))
        .boxed()
        .toList();
  }

  private static boolean isBeside(DataConfig other, DataConfig set, boolean isReg) {
    return other.use().isRegularisation() == isReg
        && other.resolution() == set.resolution()
        && other.buckets().equals(set.buckets());
  }
}
