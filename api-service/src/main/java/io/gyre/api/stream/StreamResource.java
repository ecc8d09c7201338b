package io.gyre.api.stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.audit.AuditLog;
import io.gyre.api.auth.Access;
import io.gyre.api.auth.HostUse;
import io.gyre.api.deployment.Deployments;
import io.gyre.api.event.News;
import io.gyre.api.http.Call;
import io.gyre.api.http.Query;
import io.gyre.api.http.Streams;
import io.gyre.api.instance.InstanceResource;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRun;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.Suspended;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Logs of an instance or of all instances of a deployment, and commands inside an instance. */
@Path("/v1")
public final class StreamResource {
  private static final int DEFAULT_TAIL = 100;
  private static final int MAX_TAIL = 1_000_000;
  private static final int MAX_INSTANCES = 1000;

  /**
   * The body of an exec request.
   *
   * @param stdin base64; absent: no input
   */
  record Exec(@Nullable List<@Nullable String> command, @Nullable String stdin) {}

  private final Store store;
  private final StreamServer server;
  private final News news;
  private final Streams streams;
  private final AuditLog audit;
  private final ObjectMapper mapper;
  private final Clock clock;

  public StreamResource(
      Store store,
      StreamServer server,
      News news,
      Streams streams,
      AuditLog audit,
      ObjectMapper mapper,
      Clock clock) {
    this.store = store;
    this.server = server;
    this.news = news;
    this.streams = streams;
    this.audit = audit;
    this.mapper = mapper;
    this.clock = clock;
  }

  @GET
  @Path("/instances/{id}/logs")
  @Produces({MediaType.APPLICATION_JSON, MediaType.SERVER_SENT_EVENTS})
  public void instanceLogs(
      @PathParam("id") String id,
      @QueryParam("tail") @Nullable String tail,
      @QueryParam("since") @Nullable String since,
      @QueryParam("follow") @Nullable String follow,
      @Context ContainerRequestContext request,
      @Suspended AsyncResponse response) {
    InstanceId instance = InstanceResource.find(store, id).id();
    logs(
        request,
        response,
        range(tail, since, follow),
        true,
        () -> store.read().instance(instance).map(List::of),
        () -> false);
  }

  @GET
  @Path("/namespaces/{namespace}/deployments/{name}/logs")
  @Produces({MediaType.APPLICATION_JSON, MediaType.SERVER_SENT_EVENTS})
  public void deploymentLogs(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @QueryParam("tail") @Nullable String tail,
      @QueryParam("since") @Nullable String since,
      @QueryParam("follow") @Nullable String follow,
      @Context ContainerRequestContext request,
      @Suspended AsyncResponse response) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    Supplier<Optional<List<InstanceRecord>>> instances =
        () ->
            store.snapshot(
                state -> {
                  List<InstanceRecord> found =
                      state.instances(namespace, name, null, MAX_INSTANCES);
                  Optional<DesiredDeployment> wanted = state.deployment(key);
                  if (found.isEmpty() && wanted.isEmpty()) {
                    return Optional.empty();
                  }
                  return Optional.of(
                      wanted.filter(DesiredDeployment::isJob).isPresent()
                          ? ofLastRun(found, state.jobAttempts(key))
                          : found);
                });
    if (instances.get().isEmpty()) {
      throw Deployments.notFound(key);
    }
    logs(
        request,
        response,
        range(tail, since, follow),
        false,
        instances,
        () -> store.snapshot(state -> isDone(state, key)));
  }

  /** Whether it is a job with nothing under way: what it printed it has printed. */
  private static boolean isDone(StateReader state, DeploymentKey key) {
    List<JobRun> runs = state.jobRuns(key);
    return !runs.isEmpty()
        && runs.stream().allMatch(run -> run.state().ended())
        && state.deployment(key).filter(DesiredDeployment::isJob).isPresent();
  }

  /** Those of the newest run that has any. */
  private static List<InstanceRecord> ofLastRun(
      List<InstanceRecord> found, List<JobAttempt> attempts) {
    long last = attempts.isEmpty() ? 0 : attempts.getLast().run();
    Set<InstanceId> own =
        attempts.stream()
            .filter(each -> each.run() == last)
            .map(JobAttempt::instance)
            .collect(Collectors.toSet());
    return found.stream().filter(each -> own.contains(each.id())).toList();
  }

  private LogFeed.Range range(
      @Nullable String tail, @Nullable String since, @Nullable String follow) {
    boolean all = since != null && !since.isEmpty();
    return new LogFeed.Range(
        (int) Query.number("tail", tail, all ? -1 : DEFAULT_TAIL, -1, MAX_TAIL),
        Query.since("since", since, clock.instant()),
        Query.flag("follow", follow));
  }

  private void logs(
      ContainerRequestContext request,
      AsyncResponse response,
      LogFeed.Range range,
      boolean single,
      Supplier<Optional<List<InstanceRecord>>> instances,
      BooleanSupplier finished) {
    String correlation = Call.of(request).correlation();
    streams.run(
        request,
        response,
        atEnd -> {
          if (range.follow()) {
            LogFollow logs =
                new LogFollow(
                    server,
                    news,
                    mapper,
                    range,
                    correlation,
                    single,
                    streams.heartbeat(),
                    instances,
                    finished);
            atEnd.accept(logs);
            logs.open();
            return streams.sse(logs::write);
          }
          List<InstanceId> ids =
              instances.get().orElse(List.of()).stream().map(InstanceRecord::id).toList();
          LogPage page = LogPage.open(server, ids, range, correlation);
          atEnd.accept(page);
          return Streams.of(MediaType.APPLICATION_JSON, out -> page.write(mapper, out));
        });
  }

  @POST
  @Path("/instances/{id}/exec")
  @Consumes(MediaType.APPLICATION_JSON)
  @Produces(MediaType.APPLICATION_OCTET_STREAM)
  public void exec(
      @PathParam("id") String id,
      @Context ContainerRequestContext request,
      @Suspended AsyncResponse response,
      @Nullable Exec body) {
    InstanceRecord record = InstanceResource.find(store, id);
    store
        .read()
        .revisionSpec(record.deployment(), record.revision())
        .flatMap(spec -> HostUse.need(record.deployment(), spec))
        .ifPresent(need -> Access.of(request).require(List.of(need)));
    InstanceId instance = record.id();
    List<String> command = command(body);
    byte[] stdin = stdin(body);
    String correlation = Call.of(request).correlation();
    streams.run(
        request,
        response,
        atEnd -> {
          audit.exec(request, record.deployment().namespace(), instance, command);
          ExecRelay relay = ExecRelay.start(server, instance, command, stdin, correlation);
          atEnd.accept(relay);
          return Streams.of(
              MediaType.APPLICATION_OCTET_STREAM, out -> relay.write(out, streams.heartbeat()));
        });
  }

  private static List<String> command(@Nullable Exec body) {
    List<@Nullable String> command = body == null ? null : body.command();
    if (command == null || command.isEmpty()) {
      throw Call.badField("exec.command.missing", "command", "name a program to run");
    }
    for (int i = 0; i < command.size(); i++) {
      String word = command.get(i);
      if (word == null || word.indexOf('\0') >= 0 || (i == 0 && word.isEmpty())) {
        throw Call.badField(
            "exec.command.invalid", "command[" + i + "]", "must be text without a NUL character");
      }
    }
    return List.copyOf(command);
  }

  private static byte[] stdin(@Nullable Exec body) {
    String text = body == null ? null : body.stdin();
    try {
      return text == null ? new byte[0] : Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw Call.badField("exec.stdin.invalid", "stdin", "is not base64");
    }
  }
}
