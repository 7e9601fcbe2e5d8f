/** Owns the names of what PostgreSQL says about data: https://www.postgresql.org/docs/current/errcodes-appendix.html */

// The classes whose messages carry values of rows or parameters, or whatever a function raises.
const conditions: Readonly<Record<string, string>> = {
  "22000": "data_exception",
  "22001": "string_data_right_truncation",
  "22002": "null_value_no_indicator_parameter",
  "22003": "numeric_value_out_of_range",
  "22004": "null_value_not_allowed",
  "22007": "invalid_datetime_format",
  "22008": "datetime_field_overflow",
  "22009": "invalid_time_zone_displacement_value",
  "22011": "substring_error",
  "22012": "division_by_zero",
  "22013": "invalid_preceding_or_following_size",
  "22015": "interval_field_overflow",
  "22018": "invalid_character_value_for_cast",
  "22019": "invalid_escape_character",
  "2201B": "invalid_regular_expression",
  "2201E": "invalid_argument_for_logarithm",
  "2201F": "invalid_argument_for_power_function",
  "2201G": "invalid_argument_for_width_bucket_function",
  "2201W": "invalid_row_count_in_limit_clause",
  "2201X": "invalid_row_count_in_result_offset_clause",
  "22021": "character_not_in_repertoire",
  "22023": "invalid_parameter_value",
  "22025": "invalid_escape_sequence",
  "22026": "string_data_length_mismatch",
  "2202E": "array_subscript_error",
  "22030": "duplicate_json_object_key_value",
  "22032": "invalid_json_text",
  "22033": "invalid_sql_json_subscript",
  "22P01": "floating_point_exception",
  "22P02": "invalid_text_representation",
  "22P03": "invalid_binary_representation",
  "22P05": "untranslatable_character",
  "2200N": "invalid_xml_content",
  "23000": "integrity_constraint_violation",
  "23001": "restrict_violation",
  "23502": "not_null_violation",
  "23503": "foreign_key_violation",
  "23505": "unique_violation",
  "23514": "check_violation",
  "23P01": "exclusion_violation",
  P0000: "plpgsql_error",
  P0001: "raise_exception",
  P0002: "no_data_found",
  P0003: "too_many_rows",
  P0004: "assert_failure",
};

/** Tells a code of the classes 22, 23 and P0 by its name, or that of its class; undefined for every other code. */
export function conditionOf(sqlState: string): string | undefined {
  const name = /^(22|23|P0)/.test(sqlState)
    ? (conditions[sqlState] ?? conditions[`${sqlState.slice(0, 2)}000`])
    : undefined;
  return name && `SQLSTATE ${sqlState}, ${name}`;
}
