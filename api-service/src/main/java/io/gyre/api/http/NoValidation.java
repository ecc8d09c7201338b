package io.gyre.api.http;

import jakarta.validation.ClockProvider;
import jakarta.validation.ConstraintValidatorFactory;
import jakarta.validation.MessageInterpolator;
import jakarta.validation.ParameterNameProvider;
import jakarta.validation.TraversableResolver;
import jakarta.validation.Validator;
import jakarta.validation.ValidatorContext;
import jakarta.validation.ValidatorFactory;
import java.lang.reflect.Proxy;

/** Dropwizard wants bean validation. Here records validate themselves; this saves its start-up. */
final class NoValidation implements ValidatorFactory {
  @Override
  public Validator getValidator() {
    return (Validator)
        Proxy.newProxyInstance(
            Validator.class.getClassLoader(),
            new Class<?>[] {Validator.class},
            (proxy, method, arguments) -> {
              throw unsupported();
            });
  }

  @Override
  public ValidatorContext usingContext() {
    throw unsupported();
  }

  @Override
  public MessageInterpolator getMessageInterpolator() {
    throw unsupported();
  }

  @Override
  public TraversableResolver getTraversableResolver() {
    throw unsupported();
  }

  @Override
  public ConstraintValidatorFactory getConstraintValidatorFactory() {
    throw unsupported();
  }

  @Override
  public ParameterNameProvider getParameterNameProvider() {
    throw unsupported();
  }

  @Override
  public ClockProvider getClockProvider() {
    throw unsupported();
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    throw unsupported();
  }

  @Override
  public void close() {}

  private static UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException("bean validation is off");
  }
}
