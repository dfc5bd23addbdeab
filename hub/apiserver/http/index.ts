export { explainListening, HttpDoor, type HttpDoorOptions } from './http-door.ts';
