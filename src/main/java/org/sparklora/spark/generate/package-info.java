/** Drawing pictures: of a few prompts in this process, or of a table of prompts as a Spark job. */
package org.sparklora.spark.generate;
