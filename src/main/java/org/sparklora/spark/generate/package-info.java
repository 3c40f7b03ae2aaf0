/**
 * Draws pictures: of a few prompts in this process, or of a table of prompts as a Spark job.
 *
 * <p>Start with {@link org.sparklora.spark.generate.GenerationJob}. DreamBooth's class images are
 * drawn here, too. The drawing of one picture belongs to {@code pipeline}.
 */
package org.sparklora.spark.generate;
