export { connectTo, type Endpoint, type Endpoints, serviceEndpoints } from './service-endpoints.ts';
