export { HttpDoor, type HttpDoorOptions } from './http-door.ts';
