// What upstream says in every APIService of what is answered by the API server itself.

export interface Availability {
  status: 'True' | 'False';
  reason: string;
  message: string;
}

export const localAvailability: Availability = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};
