/** Offline validation of Workflows, ShardPlans and NodeForecasts, with the API server's verdict. */
export { Validator, type ValidateOptions, type Verdict } from './validator.ts';
