package org.sparklora.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.param.Param;
import org.sparklora.cli.CommandFlags;
import scala.runtime.AbstractFunction1;

/**
 * A Spark ML param for one flag of the command line. It accepts the values that the flag accepts.
 */
final class FlagParam extends Param<Object> {
  private static final long serialVersionUID = 1L;
  private static final ObjectMapper JSON = new ObjectMapper();

  private FlagParam(String owner, Program program, CommandFlags.One flag) {
    super(owner, flag.name(), flag.help(), new Check(program, flag.name(), usual(flag).orElse("")));
  }

  /** Makes a param for each flag of a command. */
  static List<FlagParam> all(String owner, Program program) {
    return program.flags().all().stream().map(flag -> new FlagParam(owner, program, flag)).toList();
  }

  /** Returns a flag's default; empty for a flag without one, whose param then stays unset. */
  static Optional<Object> usual(CommandFlags.One flag) {
    return flag.usual();
  }

  @Override
  public String jsonEncode(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Cannot save param " + name() + ": " + value, e);
    }
  }

  @Override
  public Object jsonDecode(String json) {
    try {
      return JSON.readValue(json, Object.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("Cannot load param " + name() + ": " + json, e);
    }
  }

  /** The flag's own check, with its own message. */
  private static final class Check extends AbstractFunction1<Object, Object>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final Program program;
    private final String name;
    private final Serializable usual;

    Check(Program program, String name, Object usual) {
      this.program = program;
      this.name = name;
      this.usual = (Serializable) usual;
    }

    @Override
    public Object apply(Object value) {
      if (!usual.equals(value)) {
        program.flags().check(name, value);
      }
      return true;
    }
  }
}
