package org.sparklora.hub.publish;

import java.util.Optional;
import org.sparklora.hub.HubToken;

/**
 * The target of publishing.
 *
 * @param modelId {@code --hub_model_id}; empty for the folder's name in the namespace of the
 *     token's user
 * @param token {@code --hub_token}; empty for the token of the environment or of the token file
 * @param privateRepo {@code --hub_private_repo}
 */
public record PublishConfig(
    Optional<String> modelId, Optional<HubToken> token, boolean privateRepo) {}
