package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The DAG folder, read by Airflow. */
class AirflowDagsTest {
  @TempDir private Path home;

  @Test
  void areReadWithoutErrorsAndRefuseWrongParameters() throws Exception {
    String venv = System.getenv("SPARK_LORA_AIRFLOW");
    assumeThat(venv).as("SPARK_LORA_AIRFLOW, the virtual environment of Airflow").isNotNull();
    Map<String, String> environment =
        Map.of("AIRFLOW_HOME", home.toString(), "PYTHONDONTWRITEBYTECODE", "1");
    Scripts.Result result =
        Scripts.run(
            environment, venv + "/bin/python", "src/test/python/airflow_dags.py", "jobs/airflow");
    assertThat(result.code()).as(result.text()).isZero();
    assertThat(result.text()).endsWith("ok\n");
  }
}
