/** Owns the compiled writer of a row of a sheet: one generated function in which each cell is written as its column's type says. */
import type { Row } from "../../connectors/connector.ts";
import type { OutputColumn } from "../format.ts";
import { cellCode, type ExactOf, isPlainCell, specialCell } from "./cell.ts";

/** Writes the row of a number, counted from 1. Throws CellRefused. */
export type WriteRow = (row: Row, number: string) => string;

/** Compiles the writer for columns, of which `styleOf` says what their cells name. */
export function compileRow(columns: readonly OutputColumn[], styleOf: (column: OutputColumn) => number): WriteRow {
  const kept: ExactOf[] = [];
  const keep = (exactOf: ExactOf): string => {
    const at = kept.indexOf(exactOf);
    return `e${at < 0 ? kept.push(exactOf) - 1 : at}`;
  };
  // only numbers, letters of columns and JSON texts stand in the code
  const cells = columns.map((column, index) => {
    const code = cellCode({ column, index, style: styleOf(column), keep });
    return `v=r[${index}];if(v!=null){${code}}`;
  });
  const names = kept.map((_, at) => `const e${at}=K[${at}];`).join("");
  // a row without a cell at the end of a sheet is no row to some readers
  const body = `"use strict";${names}return function(r,n){let v,w,x="";${cells.join("\n")}
return '<row r="'+n+'">'+(x===""?'<c r="A'+n+'"/>':x)+"</row>";}`;
  return new Function("K", "P", "T", body)(kept, isPlainCell, specialCell) as WriteRow;
}
