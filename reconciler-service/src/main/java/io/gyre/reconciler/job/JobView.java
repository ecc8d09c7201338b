package io.gyre.reconciler.job;

import io.gyre.model.BootTime;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a plan for a job is made of.
 *
 * @param job null before anything was decided
 * @param requests that weren't answered yet, in order
 * @param instances every instance of the deployment, also those being removed
 * @param busy instances with a command under way
 * @param hopeless instances that will not start, and why
 * @param waitsFor what must come before a run begins, in words; null: nothing
 * @param zone of the host
 */
public record JobView(
    DesiredDeployment desired,
    @Nullable JobRecord job,
    Collection<JobRun> runs,
    Collection<JobAttempt> attempts,
    List<JobRequest> requests,
    Map<InstanceId, InstanceRecord> instances,
    Set<InstanceId> busy,
    Map<InstanceId, String> hopeless,
    @Nullable String waitsFor,
    ZoneId zone,
    Instant now,
    BootTime clock) {}
