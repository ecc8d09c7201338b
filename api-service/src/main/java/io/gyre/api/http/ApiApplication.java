package io.gyre.api.http;

import io.dropwizard.core.Application;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Environment;
import java.util.List;
import org.glassfish.hk2.utilities.binding.AbstractBinder;
import org.glassfish.jersey.CommonProperties;
import org.glassfish.jersey.server.ResourceConfig;
import org.glassfish.jersey.server.ServerProperties;
import org.glassfish.jersey.servlet.ServletContainer;
import org.glassfish.jersey.servlet.async.AsyncContextDelegateProviderImpl;
import org.glassfish.jersey.servlet.spi.AsyncContextDelegateProvider;

/**
 * The Dropwizard application: the resources that it was given, and nothing found by looking around.
 */
final class ApiApplication extends Application<Configuration> {
  private final List<Object> resources;
  private final List<Object> providers;

  ApiApplication(List<Object> resources, List<Object> providers) {
    this.resources = resources;
    this.providers = providers;
  }

  @Override
  public String getName() {
    return "gyre-api";
  }

  /** The process has set up its log already. */
  @Override
  protected void bootstrapLogging() {}

  @Override
  public void run(Configuration configuration, Environment environment) {
    ResourceConfig jersey = new ResourceConfig();
    jersey.property(CommonProperties.FEATURE_AUTO_DISCOVERY_DISABLE, true);
    jersey.property(CommonProperties.METAINF_SERVICES_LOOKUP_DISABLE, true);
    jersey.property(CommonProperties.PROVIDER_DEFAULT_DISABLE, "ALL");
    jersey.property(CommonProperties.JSON_PROCESSING_FEATURE_DISABLE, true);
    jersey.property(CommonProperties.MOXY_JSON_FEATURE_DISABLE, true);
    jersey.property(ServerProperties.WADL_FEATURE_DISABLE, true);
    jersey.property(ServerProperties.BV_FEATURE_DISABLE, true);
    // Else what a stream flushes stays in a buffer until that is full.
    jersey.property(ServerProperties.OUTBOUND_CONTENT_LENGTH_BUFFER, 0);
    jersey.property(ServerProperties.MONITORING_ENABLED, false);
    jersey.property(ServerProperties.RESPONSE_SET_STATUS_OVER_SEND_ERROR, true);
    providers.forEach(jersey::register);
    // An instance that isn't a provider is refused unless its class is what is registered.
    jersey.register(
        new AbstractBinder() {
          @Override
          @SuppressWarnings("unchecked")
          protected void configure() {
            // Is found among services otherwise, as much else that would be looked at.
            bind(AsyncContextDelegateProviderImpl.class).to(AsyncContextDelegateProvider.class);
            for (Object resource : resources) {
              bind(resource).to((Class<Object>) resource.getClass());
            }
          }
        });
    resources.forEach(resource -> jersey.register(resource.getClass()));
    // Dropwizard's own set of Jersey components is for what isn't used here, and takes its time.
    environment.jersey().replace(_ -> new ServletContainer(jersey));
  }
}
