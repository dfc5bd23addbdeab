export * from '../../../../shared/machinery/jsonpath/index.ts';
